import { InvalidArgumentError, type NetworkRequest } from '@tspod/core';
import { networkSubnets } from '../create/network-subnets.ts';
import { labelsOf } from '../create-options.ts';
import { defineCommand } from '../grammar/command.ts';
import { atMost } from '../grammar/positional.ts';

export const command = defineCommand({
  description: ['Makes a network for containers and pods. Prints its name.'],
  usage: '[options] [NAME]',
  examples: [
    'network create web',
    'network create --subnet 10.20.0.0/24 --gateway 10.20.0.1 --ip-range 10.20.0.128/25 web',
    'network create --ipv6 web',
    'network create -d macvlan -o parent=eth0 --subnet 192.0.2.0/24 lan',
  ],
  flags: {
    'disable-dns': { kind: 'bool', help: 'Containers do not find each other by name' },
    driver: { kind: 'string', shorthand: 'd', default: 'bridge', help: 'How containers are connected: bridge or macvlan' },
    gateway: { kind: 'strings', metavar: 'ADDRESS', help: 'Gateway of a subnet; its first address by default' },
    'interface-name': { kind: 'string', help: 'Name of the bridge, or of the interface that macvlan is built on' },
    internal: { kind: 'bool', help: 'No way out of the network' },
    'ip-range': { kind: 'stringArray', metavar: 'RANGE', help: 'Part of a subnet that addresses are given from' },
    'ipam-driver': { kind: 'string', help: 'Who gives addresses: host-local or none' },
    ipv6: { kind: 'bool', help: 'With an IPv6 subnet' },
    label: { kind: 'stringArray', help: 'Label: NAME=VALUE or NAME' },
    opt: {
      kind: 'stringArray',
      shorthand: 'o',
      metavar: 'KEY=VALUE',
      help: 'Option of the driver: mtu, isolate, vlan, mode, parent',
    },
    subnet: { kind: 'stringArray', metavar: 'SUBNET', help: 'Subnet; a free one by default' },
  },
  positional: atMost(1),
  async run({ flags, positional: [name], context }) {
    const request: NetworkRequest = {
      name,
      driver: flags.driver,
      interfaceName: flags['interface-name'],
      subnets: networkSubnets({ subnets: flags.subnet, gateways: flags.gateway, ranges: flags['ip-range'] }),
      ipv6: flags.ipv6,
      internal: flags.internal,
      dns: !flags['disable-dns'],
      labels: labelsOf({ label: flags.label, 'label-file': [] }),
      options: Object.fromEntries(flags.opt.map(splitOption)),
      ipamDriver: flags['ipam-driver'] || undefined,
    };
    const { networks } = await context.runtime();
    const network = await networks.create(request);
    context.output.line(network.name);
    return 0;
  },
});

function splitOption(text: string): [string, string] {
  const equals = text.indexOf('=');
  if (equals > 0) return [text.slice(0, equals), text.slice(equals + 1)];
  throw new InvalidArgumentError(`invalid driver option "${text}"`, { code: 'invalid-option', hint: 'an option is KEY=VALUE' });
}
