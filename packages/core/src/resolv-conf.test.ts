import { expect, test } from 'vitest';
import { renderResolvConf } from './resolv-conf.ts';

const hostResolvConf = [
  '# made by hand',
  'search old.example',
  'nameserver 127.0.0.53',
  'nameserver   192.0.2.53 ; first',
  'nameserver ::1',
  'nameserver 2001:db8::53',
  'options edns0 trust-ad',
  'search a.example b.example',
  'options ndots:2',
].join('\n');

test('leaves out the host’s loopback where the container has its own', () => {
  expect(renderResolvConf({ hostResolvConf, network: 'private' })).toBe(
    'search a.example b.example\nnameserver 192.0.2.53\nnameserver 2001:db8::53\noptions edns0 trust-ad ndots:2\n',
  );
});

test('keeps it with the host’s network', () => {
  expect(renderResolvConf({ hostResolvConf, network: 'host' })).toContain(
    'nameserver 127.0.0.53\nnameserver 192.0.2.53\nnameserver ::1\n',
  );
});

test('there is none without a network, and an empty one for an empty one', () => {
  expect(renderResolvConf({ hostResolvConf, network: 'none' })).toBeUndefined();
  expect(renderResolvConf({ hostResolvConf: '', network: 'host' })).toBe('');
});

test('the servers of a network stand before the host’s, those of the caller in place of all', () => {
  const request = { hostResolvConf, network: 'bridge', networkServers: ['10.89.0.1'], networkSearch: ['dns.podman'] } as const;
  expect(renderResolvConf({ ...request, ipv6: false })).toBe(
    'search dns.podman\nnameserver 10.89.0.1\nnameserver 192.0.2.53\noptions edns0 trust-ad ndots:2\n',
  );
  expect(renderResolvConf({ ...request, servers: ['9.9.9.9'], search: ['.'], options: ['rotate'] })).toBe(
    'nameserver 9.9.9.9\noptions rotate\n',
  );
});

test('in a network it has public servers where the host has only its own', () => {
  expect(renderResolvConf({ hostResolvConf: 'nameserver 127.0.0.53', network: 'bridge' })).toBe(
    'nameserver 8.8.8.8\nnameserver 8.8.4.4\n',
  );
});
