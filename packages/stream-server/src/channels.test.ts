import { describe, expect, test } from 'vitest';
import { chooseSubprotocol, codecOf, parseSize } from './channels.ts';

test('the newest sub-protocol that both know is spoken', () => {
  expect(chooseSubprotocol(['v4.channel.k8s.io', 'v5.channel.k8s.io'])).toBe('v5.channel.k8s.io');
  expect(chooseSubprotocol(['v4.base64.channel.k8s.io', 'x'])).toBe('v4.base64.channel.k8s.io');
  expect(chooseSubprotocol(['channel.k8s.io', ''])).toBeUndefined();
});

describe('messages', () => {
  const data = Buffer.from([0, 255, 10]);

  test('are a byte and the data', () => {
    const codec = codecOf('v5.channel.k8s.io');
    expect(codec.encode(1, data)).toEqual(Buffer.from([1, 0, 255, 10]));
    expect(codec.decode(Buffer.from([255, 0]), true)).toEqual({ channel: 255, data: Buffer.from([0]) });
    expect(codec.decode(Buffer.from([]), true)).toBeUndefined();
    expect(codec.decode(Buffer.from('0x'), false)).toBeUndefined();
  });

  test('are a digit and base64 in the textual sub-protocol', () => {
    const codec = codecOf('v4.base64.channel.k8s.io');
    expect(codec.encode(2, data)).toBe('2AP8K');
    expect(codec.decode(Buffer.from('0AP8K'), false)).toEqual({ channel: 0, data });
    expect(codec.decode(Buffer.from('0'), false)).toEqual({ channel: 0, data: Buffer.alloc(0) });
    expect(codec.decode(Buffer.from('0%'), false)).toBeUndefined();
  });

  test('only v5 ends a channel', () => {
    expect(
      (['v5.channel.k8s.io', 'v4.channel.k8s.io', 'v4.base64.channel.k8s.io'] as const).map((name) => codecOf(name).halfCloses),
    ).toEqual([true, false, false]);
  });
});

test('a size is two positive whole numbers that a terminal can have', () => {
  expect(parseSize(Buffer.from('{"Width":132,"Height":43}'))).toEqual({ columns: 132, rows: 43 });
  for (const text of [
    '',
    'null',
    '{}',
    '{"Width":0,"Height":1}',
    '{"Width":1.5,"Height":1}',
    '{"Width":70000,"Height":1}',
    '{"Width":"1","Height":1}',
  ]) {
    expect(parseSize(Buffer.from(text)), text).toBeUndefined();
  }
});
