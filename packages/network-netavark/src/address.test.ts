import { describe, expect, test } from 'vitest';
import {
  addressBytes,
  addressFromBytes,
  contains,
  formatAddress,
  formatPrefix,
  lastUsable,
  next,
  nextPrefix,
  overlap,
  type Prefix,
  parseAddress,
  parsePrefix,
} from './address.ts';

const prefix = (text: string): Prefix => {
  const parsed = parsePrefix(text);
  if (parsed === undefined) throw new Error(`${text} is no prefix`);
  return parsed;
};

describe('addresses', () => {
  test.each([
    ['10.88.0.1', '10.88.0.1'],
    ['255.255.255.255', '255.255.255.255'],
    ['::', '::'],
    ['::1', '::1'],
    ['fd00:0:0:1:0:0:0:1', 'fd00:0:0:1::1'],
    ['FD95::0001', 'fd95::1'],
    ['1:0:2:0:3:0:4:0', '1:0:2:0:3:0:4:0'],
    ['1::', '1::'],
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
  ])('%s reads as %s, also through its bytes', (text, expected) => {
    const address = parseAddress(text);
    expect(address && formatAddress(address)).toBe(expected);
    expect(address && addressFromBytes(addressBytes(address))).toEqual(address);
  });

  test.each(['', '10.0.0', '10.0.0.256', 'fe80::1%eth0', 'x', '1:2:3'])('%j is none', (text) => {
    expect(parseAddress(text)).toBeUndefined();
  });
});

describe('prefixes', () => {
  test('lose what stands behind the network', () => {
    expect(formatPrefix(prefix('10.231.0.5/24'))).toBe('10.231.0.0/24');
    expect(formatPrefix(prefix('fd95::5/64'))).toBe('fd95::/64');
    for (const text of ['10.0.0.0', '10.0.0.0/33', '10.0.0.0/x', 'fd00::/129', '10.0.0.0/8/8'])
      expect(parsePrefix(text), text).toBeUndefined();
  });

  test('contain and overlap', () => {
    expect(contains(prefix('10.0.0.0/8'), prefix('10.255.0.0/16'))).toBe(true);
    expect(contains(prefix('10.0.0.0/8'), prefix('11.0.0.0/16'))).toBe(false);
    expect(contains(prefix('::/0'), prefix('10.0.0.0/8'))).toBe(false);
    expect(overlap(prefix('10.1.0.0/16'), prefix('10.0.0.0/8'))).toBe(true);
    expect(overlap(prefix('10.1.0.0/16'), prefix('10.2.0.0/16'))).toBe(false);
  });

  test('have a first and a last address, and a successor', () => {
    expect(formatAddress(next(prefix('10.89.0.0/24')))).toBe('10.89.0.1');
    expect(formatAddress(lastUsable(prefix('10.89.0.0/24')))).toBe('10.89.0.254');
    expect(formatAddress(lastUsable(prefix('fd95::/64')))).toBe('fd95::ffff:ffff:ffff:ffff');
    expect(nextPrefix(prefix('10.89.255.0/24'))).toEqual(prefix('10.90.0.0/24'));
    expect(nextPrefix(prefix('255.255.255.0/24'))).toBeUndefined();
  });
});
