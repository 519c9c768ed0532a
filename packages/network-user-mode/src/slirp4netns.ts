import { closeSync, openSync, rmSync } from 'node:fs';
import { connect, isIPv6 } from 'node:net';
import { join } from 'node:path';
import { InvalidArgumentError, type PublishedPort, RuntimeFailedError, singlePorts, type UserModeRequest } from '@tspod/core';
import { O_PATH, openPipe } from '@tspod/linux';
import { findHelper } from './find-helper.ts';
import type { Plan } from './plan.ts';
import { startRootlessPort } from './rootless-port.ts';
import { parseSlirp4netnsOptions, type Slirp4netnsOptions } from './slirp4netns-options.ts';
import { startUntilReady } from './start-until-ready.ts';
import type { UserModeSettings } from './user-mode-settings.ts';

const interfaceName = 'tap0';
const socketName = 'api.sock';

/** @throws {InvalidArgumentError} `invalid-network-option`; {UnavailableError} `missing-helper`. */
export function planSlirp4netns(request: UserModeRequest, namespace: string, settings: UserModeSettings): Plan {
  const options = parseSlirp4netnsOptions([...(settings.slirp4netnsOptions ?? []), ...request.options]);
  const path = settings.slirp4netns ?? findHelper('slirp4netns', [], 'slirp4netns');
  const ports = singlePorts(request.ports);
  const bySlirp = options.portHandler === 'slirp4netns' ? ports : [];
  for (const { protocol, hostAddress } of bySlirp) {
    if (protocol === 'sctp') throw unforwarded(`the protocol ${protocol}`);
    if (isIPv6(hostAddress)) throw unforwarded(`the address ${hostAddress}`);
  }
  const { address, gateway, nameServer, prefixLength } = options.cidr;
  return {
    sandbox: {
      namespace,
      ipv6: options.ipv6,
      networks: [
        {
          network: 'slirp4netns',
          driver: 'slirp4netns',
          interfaceName,
          addresses: [{ address, prefixLength, gateway }],
          aliases: [],
          dnsServers: [nameServer],
          searchDomains: [],
        },
      ],
    },
    async start(directory) {
      const { readEnd, writeEnd } = openPipe();
      try {
        const slirp = await startUntilReady([...inOwnMounts(settings), path, ...argumentsOf(options, settings, namespace)], {
          directory,
          exitFd: readEnd,
        });
        for (const port of bySlirp) await forward(directory, port);
        rmSync(join(directory, socketName));
        const isForwarded = ports.length === 0 || options.portHandler === 'slirp4netns';
        const forwarder = isForwarded
          ? []
          : [await startRootlessPort(request, { namespace, address, exitFd: readEnd, directory, settings })];
        return { processes: [slirp, ...forwarder], lifeline: writeEnd };
      } catch (failure) {
        closeSync(writeEnd);
        throw failure;
      } finally {
        closeSync(readEnd);
      }
    },
  };
}

/**
 * When slirp4netns closes itself in it unmounts what it leaves, and mounts that are shared with the host go there, too: the namespaces of
 * all containers. So it gets mounts of its own first.
 */
function inOwnMounts({ noPivotRoot }: UserModeSettings): string[] {
  return noPivotRoot ? [] : [findHelper('unshare', [], 'util-linux'), '--mount', '--propagation', 'private', '--'];
}

function argumentsOf(options: Slirp4netnsOptions, settings: UserModeSettings, namespace: string): string[] {
  const { allowHostLoopback, mtu, cidr, ipv6, outboundAddress, outboundAddress6 } = options;
  return [
    ...(allowHostLoopback ? [] : ['--disable-host-loopback']),
    `--mtu=${mtu}`,
    ...(settings.noPivotRoot ? [] : ['--enable-sandbox']),
    '--enable-seccomp',
    `--cidr=${cidr.text}`,
    ...(ipv6 ? ['--enable-ipv6'] : []),
    ...(outboundAddress === undefined ? [] : [`--outbound-addr=${outboundAddress}`]),
    ...(outboundAddress6 === undefined ? [] : [`--outbound-addr6=${outboundAddress6}`]),
    `--api-socket=${socketName}`, // below its working directory: a whole path may be too long for a socket,
    '--configure',
    '--ready-fd=3',
    '--exit-fd=4',
    '--netns-type=path',
    namespace,
    interfaceName,
  ];
}

/** Has slirp4netns listen on a port of the host. */
async function forward(directory: string, { protocol, hostAddress, hostPort, containerPort }: PublishedPort): Promise<void> {
  const request = {
    execute: 'add_hostfwd',
    arguments: { proto: protocol, host_addr: hostAddress || '0.0.0.0', host_port: hostPort, guest_port: containerPort },
  };
  const answer = await ask(directory, JSON.stringify(request));
  const { error } = JSON.parse(answer) as { readonly error?: { readonly desc?: string } };
  if (error === undefined) return;
  throw new RuntimeFailedError(
    `slirp4netns can't listen on the ${protocol.toUpperCase()} port ${hostAddress}:${hostPort}: ${error.desc ?? answer}`,
    { code: 'network-setup-failed', argv: ['slirp4netns', 'add_hostfwd'], exitCode: undefined, stderr: answer },
  );
}

function ask(directory: string, request: string): Promise<string> {
  const descriptor = openSync(directory, O_PATH);
  return new Promise<string>((resolve, reject) => {
    const chunks: Buffer[] = [];
    // it answers when it has read to the end
    const socket = connect({ path: join('/proc/self/fd', String(descriptor), socketName), allowHalfOpen: true }, () => {
      socket.end(request);
    });
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.once('error', reject);
    socket.once('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
  }).finally(() => closeSync(descriptor));
}

function unforwarded(what: string): InvalidArgumentError {
  return new InvalidArgumentError(`slirp4netns can't forward ports for ${what}`, {
    code: 'invalid-network-option',
    hint: 'publish tcp and udp ports on IPv4 addresses, or use port_handler=rootlesskit or another network mode',
  });
}
