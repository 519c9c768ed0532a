import { expect, test } from 'vitest';
import { addHostEntries, removeHostEntries, renderHosts } from './hosts.ts';

const hostHosts = '127.0.0.1 localhost # comment\n\n#127.9.9.9 no\n192.0.2.9\tserver  alias\n10.0.0.1 host.containers.internal\n';
const container = { hostHosts, hostname: 'web1', name: 'quiet_otter' };

test.each(['private', 'none'] as const)('with network %s the container has its own names', (network) => {
  expect(renderHosts({ ...container, network })).toBe(
    '127.0.0.1\tlocalhost\n192.0.2.9\tserver alias\n127.0.0.1\tweb1 quiet_otter\n',
  );
});

test('with the host’s network it has a name for the host', () => {
  expect(renderHosts({ ...container, network: 'host' })).toBe(
    '127.0.0.1\tlocalhost\n192.0.2.9\tserver alias\n127.0.0.1\thost.containers.internal\n',
  );
});

test('localhost is there even when the host’s file is empty, and a name that is the hostname comes once', () => {
  expect(renderHosts({ hostHosts: '', network: 'none', hostname: 'same', name: 'same' })).toBe(
    '127.0.0.1\tlocalhost\n::1\tlocalhost\n127.0.0.1\tsame\n',
  );
});

test('in a network it has its addresses, a name for the host, and what the caller adds, first and only once', () => {
  const network = { network: 'bridge', addresses: ['10.88.0.2', 'fd00::2'], hostAddress: '10.88.0.1' } as const;
  const addHosts = ['a:192.0.2.1', 'here:host-gateway', 'six:fd00::9', 'web1:192.0.2.7'];
  expect(renderHosts({ ...container, hostHosts: '127.0.0.1 localhost', ...network, addHosts })).toBe(
    [
      '192.0.2.1\ta\n10.88.0.1\there\nfd00::9\tsix\n192.0.2.7\tweb1\n127.0.0.1\tlocalhost\n',
      '10.88.0.1\thost.containers.internal\n10.88.0.2\tquiet_otter\nfd00::2\tquiet_otter\n',
    ].join(''),
  );
});

test('entries of one more network come and go', () => {
  const text = '127.0.0.1\tlocalhost\n10.0.0.2\tweb1 otter';
  const more = addHostEntries(text, ['10.1.0.2', 'fd00::2'], ['web1', 'otter']);
  expect(more).toBe(`${text}\n10.1.0.2\tweb1 otter\nfd00::2\tweb1 otter\n`);
  expect(addHostEntries(more, ['10.1.0.2'], ['web1', 'otter'])).toBe(more);
  expect(removeHostEntries(more, ['10.1.0.2', 'fd00::2'], ['web1', 'otter'])).toBe(`${text}\n`);
});
