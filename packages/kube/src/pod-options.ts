import type { CreatePodOptions } from '@tspod/core';
import { InvalidArgumentError } from '@tspod/core';
import type { KubePod } from './objects.ts';
import type { PlayOptions } from './play-options.ts';

type Networking = NonNullable<CreatePodOptions['networking']>;

/** A pod in the engine's terms, without its containers. @throws {InvalidArgumentError} `unsupported-field` */
export function podOptions(pod: KubePod, index: number, options: PlayOptions): CreatePodOptions {
  const { metadata, spec } = pod;
  const [address, macAddress] = [options.addresses?.[index], options.macAddresses?.[index]];
  const hostNetwork = options.network === undefined && spec.hostNetwork;
  return {
    name: metadata?.name,
    labels: metadata?.labels ?? {},
    hostname: spec.hostname || metadata?.name,
    ...options.userNamespace,
    share: ['ipc', 'net', 'uts', ...(spec.shareProcessNamespace ? (['pid'] as const) : [])],
    network: hostNetwork ? 'host' : options.network,
    networking: {
      ...networkingOf(pod, hostNetwork ?? false),
      ...options.networking,
      ...(address !== undefined && { addresses: [address] }),
      ...(macAddress !== undefined && { macAddress }),
    },
    exitPolicy: 'stop',
    createCommand: options.createCommand,
  };
}

function networkingOf({ spec }: KubePod, hostNetwork: boolean): Networking {
  const { dnsConfig, hostAliases } = spec;
  const addHosts = (hostAliases ?? []).flatMap(({ ip, hostnames }) => hostnames.map((name) => `${name}:${ip}`));
  return {
    ...(!hostNetwork && { ports: portsOf(spec.containers) }),
    ...(dnsConfig?.nameservers?.length && { dnsServers: dnsConfig.nameservers }),
    ...(dnsConfig?.searches?.length && { dnsSearch: dnsConfig.searches }),
    ...(dnsConfig?.options?.length && {
      dnsOptions: dnsConfig.options.map(({ name, value }) => (value === undefined ? name : `${name}:${value}`)),
    }),
    ...(addHosts.length > 0 && { addHosts }),
  };
}

/** Only ports that name one of the host are published. */
function portsOf(containers: KubePod['spec']['containers']): NonNullable<Networking['ports']> {
  return containers.flatMap((container) =>
    (container.ports ?? []).flatMap(({ containerPort, hostPort, hostIP, protocol = 'TCP' }) => {
      if (!hostPort) return [];
      const word = protocol.toLowerCase();
      if (word !== 'tcp' && word !== 'udp' && word !== 'sctp') {
        throw new InvalidArgumentError(`unknown protocol "${protocol}" of port ${containerPort}`, {
          code: 'unsupported-field',
          hint: 'it can be TCP, UDP or SCTP',
        });
      }
      return [{ containerPort, hostPort, hostAddress: hostIP, protocol: word }];
    }),
  );
}
