import { expect, test } from 'vitest';
import { renderHosts } from './hosts.ts';

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
    '127.0.0.1\tlocalhost\n127.0.0.1\tsame\n',
  );
});
