import { describe, expect, test } from 'vitest';
import { parseSlirp4netnsOptions } from './slirp4netns-options.ts';

describe('parseSlirp4netnsOptions', () => {
  test('without options is what podman starts it with', () => {
    expect(parseSlirp4netnsOptions([])).toEqual({
      allowHostLoopback: false,
      mtu: 65520,
      cidr: { text: '10.0.2.0/24', prefixLength: 24, address: '10.0.2.100', gateway: '10.0.2.2', nameServer: '10.0.2.3' },
      ipv6: true,
      portHandler: 'slirp4netns',
    });
  });

  test('lets the last of an option win, and counts places from the begin of the subnet', () => {
    const options = [
      'mtu=1500',
      'mtu=68',
      'cidr=172.31.255.77/16',
      'enable_ipv6=false',
      'outbound_addr=lo',
      'outbound_addr6=::1',
    ];
    expect(parseSlirp4netnsOptions([...options, 'allow_host_loopback=true', 'port_handler=rootlesskit'])).toMatchObject({
      allowHostLoopback: true,
      mtu: 68,
      cidr: { address: '172.31.0.100', gateway: '172.31.0.2', nameServer: '172.31.0.3' },
      ipv6: false,
      outboundAddress: 'lo',
      outboundAddress6: '::1',
      portHandler: 'rootlesskit',
    });
  });

  test.each([
    ['mtu', 'unknown option for slirp4netns: "mtu"'],
    ['speed=9', 'unknown option for slirp4netns: "speed=9"'],
    ['mtu=67', 'invalid mtu "67"'],
    ['mtu=1e3', 'invalid mtu "1e3"'],
    ['cidr=10.0.2.0', 'invalid cidr "10.0.2.0"'],
    ['cidr=fd00::/64', 'invalid cidr "fd00::/64"'],
    ['cidr=10.0.2.0/28', 'invalid cidr "10.0.2.0/28"'],
    ['outbound_addr=::1', 'invalid outbound_addr "::1"'],
    ['outbound_addr=toString', 'invalid outbound_addr "toString"'],
    ['outbound_addr6=1.2.3.4', 'invalid outbound_addr6: "1.2.3.4"'],
    ['enable_ipv6=yes', 'invalid value of enable_ipv6 for slirp4netns: "yes"'],
    ['port_handler=none', 'unknown port_handler for slirp4netns: "none"'],
  ])('refuses %s', (option, message) => {
    expect(() => parseSlirp4netnsOptions([option])).toThrow(expect.objectContaining({ code: 'invalid-network-option', message }));
  });
});
