import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { InvalidArgumentError, type Sandbox, type UserModeRequest } from '@tspod/core';
import { processIdentity } from '@tspod/linux';
import { findHelper } from './find-helper.ts';
import type { Plan } from './plan.ts';
import { cannotRun, helperFailed, logOf } from './start-until-ready.ts';
import type { UserModeSettings } from './user-mode-settings.ts';

/** Options of pasta's that say which ports are forwarded where; podman forwards none unless it is told to. */
const forwarding = [
  ['-t', '--tcp-ports'],
  ['-u', '--udp-ports'],
  ['-T', '--tcp-ns'],
  ['-U', '--udp-ns'],
] as const;

/** podman's own option, among pasta's: the address of the gateway leads to the host. */
const mapGateway = '--map-gw';

/** @throws {InvalidArgumentError} `invalid-network-option`; {UnavailableError} `missing-helper`. */
export function planPasta(request: UserModeRequest, namespace: string, settings: UserModeSettings): Plan {
  const path = findHelper('pasta', settings.helperDirectories, 'passt');
  const options = request.options.filter((option) => option !== mapGateway);
  const isGatewayMapped = options.length < request.options.length;
  const ports = portArguments(request);
  const isGiven = (names: readonly string[]) => [...ports, ...options].some((word) => names.includes(word));
  const args = [
    '--config-net',
    // it would become nobody, who can't enter the namespace; it closes itself in, and keeps two capabilities
    '--runas',
    '0',
    ...ports,
    ...options,
    ...forwarding.flatMap((names) => (isGiven(names) ? [] : [names[0], 'none'])),
    ...(isGatewayMapped ? [] : ['--no-map-gw']),
    '--quiet',
  ];
  return {
    sandbox: { namespace, networks: networksOf(options, isGatewayMapped) },
    async start(directory) {
      const log = logOf(directory);
      const pid = join(directory, 'pid');
      const argv = [path, ...args, '--pid', pid, '--netns', namespace];
      const exitCode = await run(argv, log);
      if (exitCode !== 0) throw helperFailed(argv, exitCode, log);
      // it ends when the namespace's file goes
      const identity = processIdentity(Number(readFileSync(pid, 'utf8')));
      if (identity === undefined) throw helperFailed(argv, undefined, log);
      return { processes: [identity] };
    },
  };
}

function portArguments({ ports }: UserModeRequest): string[] {
  return ports.flatMap(({ protocol, hostAddress, hostPort, containerPort, range }) => {
    if (protocol === 'sctp') {
      throw new InvalidArgumentError(`can't forward protocol: ${protocol}`, {
        code: 'invalid-network-option',
        hint: 'pasta forwards tcp and udp ports',
      });
    }
    const span = (first: number) => (range === 1 ? String(first) : `${first}-${first + range - 1}`);
    const address = hostAddress === '' ? '' : `${hostAddress}/`;
    return [protocol === 'tcp' ? '-t' : '-u', `${address}${span(hostPort)}:${span(containerPort)}`];
  });
}

/** Resolves when it is ready: the process that was started ends then, and another one goes on. */
async function run([program = '', ...args]: readonly string[], log: string): Promise<number | undefined> {
  const output = openSync(log, 'a', 0o600);
  try {
    const child = spawn(program, args, { cwd: '/', detached: true, stdio: ['ignore', output, output] });
    return await new Promise((resolve, reject) => {
      child.once('exit', (code) => resolve(code ?? undefined));
      child.once('error', (cause) => reject(cannotRun(program, cause)));
    });
  } finally {
    closeSync(output);
  }
}

/** The container has the address of the host's that leads out, unless its options give it another one. */
function networksOf(options: readonly string[], isGatewayMapped: boolean): Sandbox['networks'] {
  const optionOf = (...names: readonly string[]) => {
    const at = options.findIndex((word) => names.includes(word));
    return at === -1 ? undefined : options[at + 1];
  };
  const route = defaultRoute();
  const name = optionOf('-i', '--interface') ?? route?.interfaceName ?? '';
  const own = networkInterfaces()[name]?.find(({ family }) => family === 'IPv4');
  const address = optionOf('-a', '--address') ?? own?.address;
  const gateway = isGatewayMapped ? (optionOf('-g', '--gateway') ?? route?.gateway) : undefined;
  const prefixLength = Number(own?.cidr?.split('/')[1] ?? 24);
  return [
    {
      network: 'pasta',
      driver: 'pasta',
      interfaceName: optionOf('-I', '--ns-ifname') ?? name,
      addresses: address === undefined ? [] : [{ address, prefixLength, ...(gateway !== undefined && { gateway }) }],
      aliases: [],
      dnsServers: [],
      searchDomains: [],
    },
  ];
}

/** Of IPv4. */
function defaultRoute(): { readonly interfaceName: string; readonly gateway: string } | undefined {
  const routes = readFileSync('/proc/net/route', 'utf8').split('\n').slice(1);
  for (const line of routes) {
    const [interfaceName = '', destination, gateway = '', , , , , mask] = line.split('\t');
    if (destination !== '00000000' || mask !== '00000000') continue;
    // in the byte order of the machine
    const bytes = Buffer.from(gateway, 'hex');
    return { interfaceName, gateway: [...bytes.reverse()].join('.') };
  }
  return undefined;
}
