import { execFileSync, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { connect, createServer, type Server } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from './support/machine.ts';
import { busybox, type CommandResult, launcher, run, Store } from './support/store.ts';

/** A port that nobody has at the moment. */
async function freePort(): Promise<number> {
  const server = await listen(0);
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function listen(port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, '0.0.0.0', () => resolve(server));
  });
}

/** What a TCP server says, '' while there is none. */
function ask(host: string, port: number, timeout = 2_000): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect({ host, port });
    socket.setTimeout(timeout, () => socket.destroy());
    socket.on('data', (data) => {
      text += String(data);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(text.trim()));
  });
}

function askUdp(host: string, port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
    const timer = setTimeout(() => socket.close(() => resolve('')), 300);
    socket.on('message', (message) => {
      clearTimeout(timer);
      socket.close(() => resolve(String(message).trim()));
    });
    socket.send('question\n', port, host);
  });
}

/** Networks of the name service and the firewall are the machine's: names and subnets that no other suite has. */
const suite = `e${process.pid}`;
const prefix = `10.${140 + (process.pid % 100)}`;
const networkName = (letter: string) => `${suite}${letter}`;
const subnet = (number: number) => ['--subnet', `${prefix}.${number}.0/24`];

const saysName = 'echo $NAME';
/** A TCP server on port 80 that says `NAME`, for ever. */
const server = ['sh', '-c', `while :; do nc -l -p 80 -e sh -c '${saysName}'; done`];
const answers = (host: string, port: number, name: string) =>
  eventually(`${name} to answer on ${host}:${port}`, async () => ((await ask(host, port)) === name ? true : undefined));

function rulesNaming(...words: readonly string[]): string[] {
  return execFileSync('iptables-save', { encoding: 'utf8' })
    .split('\n')
    .filter((line) => words.some((word) => line.includes(word)));
}

/** Processes that serve a namespace of slirp4netns or pasta. */
function helpersOf(namespace: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      const [program = '', ...words] = readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0');
      return /slirp4netns|pasta/.test(program) && words.includes(namespace);
    } catch {
      return false; // it ended meanwhile
    }
  });
}

const ownAddress = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .find(({ internal, family }) => !internal && family === 'IPv4')?.address;

interface Inspected {
  readonly Id: string;
  readonly NetworkSettings: {
    readonly SandboxKey: string;
    readonly IPAddress: string;
    readonly Networks: Record<
      string,
      { readonly IPAddress: string; readonly MacAddress: string; readonly GlobalIPv6Address: string }
    >;
  };
}

describe.each(['crun', 'runc'] as const)('networks, %s', (runtime) => {
  let store: Store;
  beforeAll(async () => {
    store = await Store.create({ runtime, ownNetworks: true });
  });
  afterEach(async () => {
    await store.must('pod', 'rm', '-f', '-a', '-t', '0');
    await store.must('rm', '-f', '-a', '-t', '0');
  });
  afterAll(() => store[Symbol.asyncDispose]());

  const inspect = async (name: string) => JSON.parse(await store.must('inspect', name))[0] as Inspected;

  test('a published port is reached, stays its container’s, and leaves nothing', async () => {
    const port = await freePort();
    const publish = ['--network', 'bridge', '-p', `${port}:80`];
    const id = await store.must('run', '-d', '--name', 'web', '-e', 'NAME=web', ...publish, busybox, ...server);
    await answers('127.0.0.1', port, 'web');
    if (ownAddress !== undefined) await answers(ownAddress, port, 'web');
    const { SandboxKey, IPAddress } = (await inspect('web')).NetworkSettings;
    expect(SandboxKey).toMatch(/^\/run\/netns\/netns-[0-9a-f-]{36}$/);
    await answers(IPAddress, 80, 'web');

    const second = await store.tspod(['run', '-d', '--name', 'late', ...publish, busybox, ...server]);
    expect(second).toMatchObject({ exitCode: 126, stdout: '' });
    expect(second.stderr).toMatch(
      new RegExp(`cannot listen on the TCP port: listen tcp4 :${port}: bind: address already in use`),
    );
    await expect(listen(port)).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await answers('127.0.0.1', port, 'web');
    await store.must('rm', 'late');
    await answers('127.0.0.1', port, 'web');

    await store.must('restart', '-t', '0', 'web');
    await answers('127.0.0.1', port, 'web');
    const { SandboxKey: next } = (await inspect('web')).NetworkSettings;
    expect([existsSync(SandboxKey), existsSync(next)]).toEqual([SandboxKey === next, true]);
    await store.must('stop', '-t', '0', 'web');
    expect(existsSync(next)).toBe(false);
    expect(rulesNaming(id, `dport ${port} `)).toEqual([]);
    (await listen(port)).close();
    await store.must('rm', 'web');
  });

  test('a range of udp ports, on an address of the host', async () => {
    const ports = ['-p', '127.0.0.1::7000-7001/udp'];
    await store.must('run', '-d', '--name', 'udp', '--network', 'bridge', ...ports, busybox, 'sleep', '1000');
    const [document] = JSON.parse(await store.must('inspect', 'udp'));
    const first = Number(document.HostConfig.PortBindings['7000/udp'][0].HostPort);
    expect(document.HostConfig.PortBindings['7001/udp']).toEqual([{ HostIp: '127.0.0.1', HostPort: String(first + 1) }]);
    const echo = `for (const port of [7000, 7001]) {
      const socket = require('dgram').createSocket('udp4');
      socket.on('message', (_, from) => socket.send(String(port), from.port, from.address)).bind(port);
    }`;
    const serving = spawn('nsenter', [`--net=${document.NetworkSettings.SandboxKey}`, process.execPath, '-e', echo]);
    try {
      for (const offset of [0, 1]) {
        const said = await eventually('an answer by udp', async () => (await askUdp('127.0.0.1', first + offset)) || undefined);
        expect(said).toBe(String(7000 + offset));
      }
    } finally {
      serving.kill();
    }
    await store.must('rm', '-f', '-t', '0', 'udp');
  });

  test('containers of a network find each other by name, join and leave, and have what they ask for', async () => {
    const [one, two] = [networkName('a'), networkName('b')];
    await store.must('network', 'create', ...subnet(1), one);
    await store.must('network', 'create', '--ipv6', ...subnet(2), two);
    const ask = (container: string, name: string) => store.tspod(['exec', container, 'nc', '-w', '2', name, '80']);
    const address = `${prefix}.1.77`;
    const own = ['--network', `${one}:ip=${address},mac=02:00:00:00:00:77,alias=dish`, '-e', 'NAME=served'];
    await store.must('run', '-d', '--name', 'serving', '--cap-add', 'NET_RAW', ...own, busybox, ...server);
    await store.must(
      'run',
      '-d',
      '--name',
      'asking',
      '--network',
      one,
      '--add-host',
      'here:host-gateway',
      busybox,
      'sleep',
      '1000',
    );
    expect((await inspect('serving')).NetworkSettings.Networks[one]).toMatchObject({
      IPAddress: address,
      MacAddress: '02:00:00:00:00:77',
    });
    for (const name of ['serving', 'dish', 'serving.dns.podman', address]) {
      await eventually(`${name} to answer`, async () => ((await ask('asking', name)).stdout === 'served\n' ? true : undefined));
    }
    const files = await store.must('exec', 'asking', 'cat', '/etc/hosts', '/etc/resolv.conf');
    expect(files).toMatch(new RegExp(`^${prefix}.1.1\there$`, 'm'));
    expect(files).toMatch(new RegExp(`^${prefix}.1.1\thost.containers.internal$`, 'm'));
    expect(files).toMatch(new RegExp(`^search dns.podman\nnameserver ${prefix}.1.1$`, 'm'));

    await store.must('run', '-d', '--name', 'apart', '--network', two, busybox, 'sleep', '1000');
    expect((await ask('apart', address)).stdout + (await ask('apart', 'serving')).stdout).not.toContain('served\nserved');
    await store.must('network', 'connect', '--alias', 'guest', two, 'serving');
    expect(await store.must('exec', 'serving', 'cat', '/etc/hosts')).toMatch(new RegExp(`^${prefix}.2.\\d+\t\\w+ serving$`, 'm'));
    await eventually('a name of the second network', async () =>
      (await ask('apart', 'guest')).stdout === 'served\n' ? true : undefined,
    );
    const six = Object.values((await inspect('apart')).NetworkSettings.Networks)[0]?.GlobalIPv6Address ?? '';
    expect(six).toMatch(/^fd/);
    expect(await store.must('exec', 'serving', 'ping', '-6', '-c', '1', '-W', '5', six)).toContain('1 packets received');
    expect(await store.must('ps', '--filter', `network=${two}`, '--sort', 'names', '--format', '{{.Names}} {{.Networks}}')).toBe(
      `apart ${two}\nserving ${one},${two}`,
    );
    await store.must('network', 'disconnect', two, 'serving');
    expect(await store.must('exec', 'serving', 'cat', '/etc/hosts')).not.toContain(`${prefix}.2.`);
    const used = await store.tspod(['network', 'rm', one]);
    expect(used).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('network is being used') });
    await store.must('restart', '-t', '0', 'serving');
    expect(Object.keys((await inspect('serving')).NetworkSettings.Networks)).toEqual([one]);
    await store.must('network', 'rm', '-f', '-t', '0', one, two);
    expect(await store.must('ps', '-aq')).toBe('');
    expect(rulesNaming(one, two, `${prefix}.1.`, `${prefix}.2.`)).toEqual([]);
    await eventually('the name service to forget them', () =>
      [one, two].some((name) => existsSync(`/run/containers/networks/aardvark-dns/${name}`)) ? undefined : true,
    );
  });

  test('one network with podman: each engine’s containers reach the other’s, no address twice', async () => {
    const name = networkName('s');
    await store.mustPodman('network', 'create', ...subnet(3), name);
    expect(await store.must('network', 'ls', '-q', '--filter', `name=${name}`)).toBe(name);
    const podmanRun = ['run', '-d', '--name', 'theirs', '--network', name, '-e', 'NAME=theirs', busybox, ...server];
    await store.must('run', '-d', '--name', 'ours', '--network', name, '-e', 'NAME=ours', busybox, ...server);
    await store.mustPodman(...podmanRun);
    await store.must('run', '-d', '--name', 'third', '--network', name, busybox, 'sleep', '1000');
    const addresses = [
      await store.must('inspect', '-f', `{{(index .NetworkSettings.Networks "${name}").IPAddress}}`, 'ours', 'third'),
      await store.mustPodman('inspect', '-f', `{{(index .NetworkSettings.Networks "${name}").IPAddress}}`, 'theirs'),
    ].flatMap((text) => text.split('\n'));
    expect(new Set(addresses).size).toBe(3);
    const from = async (podman: boolean, container: string, target: string) =>
      (await (podman ? store.podman : store.tspod).call(store, ['exec', container, 'nc', '-w', '2', target, '80'])).stdout;
    await eventually('podman’s to reach ours', async () =>
      (await from(true, 'theirs', 'ours')) === 'ours\n' ? true : undefined,
    );
    await eventually('ours to reach podman’s', async () =>
      (await from(false, 'third', 'theirs')) === 'theirs\n' ? true : undefined,
    );
    await store.mustPodman('rm', '-f', '-t', '0', 'theirs');
    await eventually('ours to go on', async () => ((await from(false, 'third', 'ours')) === 'ours\n' ? true : undefined));
    await store.must('network', 'rm', '-f', '-t', '0', name);
    expect(await store.mustPodman('network', 'ls', '-q')).not.toContain(name);
    expect(rulesNaming(name, `${prefix}.3.`)).toEqual([]);
  });

  test('a pod has the ports and names of its infra container, and a restart by policy keeps a port', async () => {
    const [port, other] = [await freePort(), await freePort()];
    const podFlags = ['--network', 'bridge', '-p', `${port}:80`, '--add-host', 'here:192.0.2.1', '--dns', '192.0.2.53'];
    await store.must('pod', 'create', '--name', 'podded', ...podFlags);
    await store.must('run', '-d', '--pod', 'podded', '--name', 'member', '-e', 'NAME=member', busybox, ...server);
    await answers('127.0.0.1', port, 'member');
    const files = await store.must('exec', 'member', 'cat', '/etc/hosts', '/etc/resolv.conf');
    for (const line of ['192.0.2.1\there', '127.0.0.1\tmember', 'nameserver 192.0.2.53'])
      expect(`${files}\n`).toContain(`${line}\n`);
    expect(await store.must('port', 'member')).toBe(`80/tcp -> 0.0.0.0:${port}`);
    expect(await store.must('ps', '--filter', 'name=member', '--format', '{{.Ports}}')).toBe(`0.0.0.0:${port}->80/tcp`);
    const refused = await store.tspod(['run', '--rm', '--pod', 'podded', '-p', '80:80', busybox, 'true']);
    expect(refused).toMatchObject({ exitCode: 125, stderr: expect.stringContaining('must be defined when the pod is created') });
    await store.must('pod', 'rm', '-f', '-t', '0', 'podded');

    const policy = ['--restart', 'on-failure:3', '--network', 'bridge', '-p', `${other}:80`, '-e', 'NAME=again'];
    const once = 'nc -l -p 80 -e sh -c "echo $NAME"; exit 1';
    await store.must('run', '-d', '--name', 'policy', ...policy, busybox, 'sh', '-c', once);
    await answers('127.0.0.1', other, 'again');
    await answers('127.0.0.1', other, 'again');
    await store.must('rm', '-f', '-t', '0', 'policy');
    expect(rulesNaming(`dport ${port} `, `dport ${other} `)).toEqual([]);
  });

  test('slirp4netns and pasta: connections in and out, in a pod and alone, and nothing left', async () => {
    const [port, other] = [await freePort(), await freePort()];
    // a length, so that the client ends by itself: Debian's pasta of 2023 loses ends of connections that the host's side closes
    const onLoopback = createHttpServer((_, answer) => answer.end('the host\n'));
    await new Promise<void>((resolve) => onLoopback.listen(0, '127.0.0.1', resolve));
    const { port: hostPort } = onLoopback.address() as { port: number };
    const ownFds = ['sh', '-c', `ls -l /proc/self/fd >/fds; ${server[2]}`];
    try {
      const slirp = 'slirp4netns:allow_host_loopback=true,mtu=1400,cidr=10.77.0.0/16';
      await store.must('pod', 'create', '--name', 'userpod', '--network', slirp, '-p', `${port}:80`);
      await store.must('run', '-d', '--pod', 'userpod', '--name', 'inside', '-e', 'NAME=inside', busybox, ...ownFds);
      await answers('127.0.0.1', port, 'inside');
      const look = `ip link show tap0; cat /etc/hosts /etc/resolv.conf; wget -q -O - http://10.77.0.2:${hostPort}`;
      const seen = await store.must('exec', 'inside', 'sh', '-c', look);
      for (const part of ['mtu 1400', '10.77.0.100\t', 'nameserver 10.77.0.3', 'the host']) expect(seen).toContain(part);
      const taken = await store.tspod(['run', '--network', 'slirp4netns', '-p', `${port}:80`, busybox, 'true']);
      expect(taken).toMatchObject({ exitCode: 126, stderr: expect.stringContaining('address already in use') });
      const unknown = await store.tspod(['run', '--rm', '--network', 'slirp4netns:speed=9', busybox, 'true']);
      expect(unknown).toMatchObject({
        exitCode: 126,
        stderr: expect.stringContaining('unknown option for slirp4netns: "speed=9"'),
      });

      const alone = ['--name', 'alone', '--network', 'pasta:--map-gw', '-p', `${other}:80`, '-e', 'NAME=alone'];
      await store.must('run', '-d', ...alone, busybox, ...ownFds);
      await answers('127.0.0.1', other, 'alone');
      expect(await store.must('exec', 'alone', 'wget', '-q', '-O', '-', `http://host.containers.internal:${hostPort}`)).toBe(
        'the host',
      );
      for (const name of ['inside', 'alone'])
        expect(await store.must('exec', name, 'cat', '/fds')).not.toMatch(/socket|pipe.*\b[4-9] /);
      const spaces = await Promise.all(
        [await store.must('pod', 'inspect', '-f', '{{.InfraContainerID}}', 'userpod'), 'alone'].map(
          async (name) => (await inspect(name)).NetworkSettings.SandboxKey,
        ),
      );
      for (const space of spaces) expect(helpersOf(space)).toHaveLength(1);
      await store.must('pod', 'rm', '-f', '-t', '0', 'userpod');
      await store.must('rm', '-f', '-t', '0', 'alone');
      for (const space of spaces) {
        await eventually('the helper to end', () => (helpersOf(space).length === 0 ? true : undefined));
        expect(existsSync(space)).toBe(false);
      }
      for (const one of [port, other]) (await listen(one)).close();
    } finally {
      onLoopback.closeAllConnections();
      onLoopback.close();
    }
  });

  const isGone = (sandbox: SandboxFile | undefined) => {
    expect(sandboxFiles(store)).toEqual([]);
    expect(existsSync(sandbox?.namespace ?? '')).toBe(false);
    expect(rulesNaming(sandbox?.containerId ?? 'none')).toEqual([]);
  };

  test('what a dead process, or a store that was taken away, left of networks goes with the next command', async () => {
    const [helpers, configuration] = [store.path('helpers'), store.path('killing.conf')];
    mkdirSync(helpers, { recursive: true });
    const killing = `#!/bin/sh
      /usr/lib/podman/netavark "$@"; code=$?
      case "$*" in *' setup '*) kill -9 $PPID;; esac
      exit $code`;
    writeFileSync(join(helpers, 'netavark'), killing, { mode: 0o755 });
    writeFileSync(configuration, `[engine]\nhelper_binaries_dir = ["${helpers}", "/usr/lib/podman"]\n`);
    const network = ['--network', 'bridge', '-p', `${await freePort()}:80`];
    const env = { CONTAINERS_CONF_OVERRIDE: configuration };
    const { exitCode } = await store.tspod(['run', '-d', '--name', 'unrecorded', ...network, busybox, 'true'], { env });
    expect(exitCode).toBe(137);
    const [unrecorded] = sandboxFiles(store);
    expect(unrecorded?.networks.map(({ status }) => status)).toEqual([undefined]);
    await store.must('rm', '-f', '-t', '0', 'unrecorded');
    isGone(unrecorded);

    const forgottenId = await store.must('run', '-d', '--name', 'forgotten', ...network, busybox, 'sleep', '1000');
    const { Pid, ConmonPid } = JSON.parse(await store.must('inspect', '-f', '{{json .State}}', 'forgotten'));
    for (const pid of [ConmonPid, Pid]) process.kill(pid, 'SIGKILL');
    execFileSync(runtime, ['delete', '--force', forgottenId]); // with its cgroup
    for (const ending of ['', '-wal', '-shm']) rmSync(join(store.root, `tspod/state.db${ending}`), { force: true });
    const [forgotten] = sandboxFiles(store);
    const { stdout } = await store.tspod(['system', 'check', '--quick']);
    expect(stdout).toContain(`found left-over-network: the network of container ${forgotten?.containerId}`);
    await store.must('network', 'create', ...subnet(4), networkName('d'));
    isGone(forgotten);
    const [address = ''] = forgotten?.networks[0]?.attachment.static_ips ?? [];
    await store.must('run', '--rm', '--ip', address, ...network, busybox, 'true');
    await store.must('network', 'rm', networkName('d'));
    await store.must('system', 'check', '--repair', '--force');
  });

  test('whoever is killed while a container starts leaves nothing behind the next command', async () => {
    const rounds = [0.15, 0.2, 0.25, 0.3, 0.4].flatMap((delay, round) => [
      { delay, mode: 'bridge' },
      ...(round % 2 === 1 ? [{ delay, mode: round === 1 ? 'slirp4netns' : 'pasta' }] : []),
    ]);
    for (const { delay, mode } of rounds) {
      const name = `killed-${mode}-${delay}`;
      const args = store.argv(['run', '-d', '--name', name, '--network', mode, busybox, 'sleep', '1000']);
      await run('timeout', ['-s', 'KILL', String(delay), launcher, ...args]);
      const begun = sandboxFiles(store);
      await store.tspod(['rm', '-f', '-t', '0', name]);
      expect(sandboxFiles(store)).toEqual([]);
      for (const { sandbox, containerId, namespace = sandbox?.namespace ?? '' } of begun) {
        await eventually('its helpers to end', () => (helpersOf(namespace).length === 0 ? true : undefined));
        expect(existsSync(namespace)).toBe(false);
        expect(rulesNaming(containerId)).toEqual([]);
      }
    }
  });
});

/** Two network namespaces that are a machine with networks and somebody outside of it, side by side on a cable. */
class Neighbours implements Disposable {
  readonly #names = ['in', 'out'].map((side) => `${suite}${side}`);

  constructor() {
    const [machine = '', outside = ''] = this.#names;
    for (const name of this.#names) ip('netns', 'add', name);
    ip('link', 'add', 'cable', 'netns', machine, 'type', 'veth', 'peer', 'name', 'cable', 'netns', outside);
    for (const [at, name] of this.#names.entries()) {
      ip('-n', name, 'address', 'add', `198.51.100.${at + 1}/24`, 'dev', 'cable');
      ip('-n', name, 'address', 'add', `fd51::${at + 1}/64`, 'dev', 'cable', 'nodad');
      for (const link of ['lo', 'cable']) ip('-n', name, 'link', 'set', link, 'up');
    }
  }

  onMachine(file: string, args: readonly string[]): Promise<CommandResult> {
    return run('nsenter', [`--net=/run/netns/${this.#names[0]}`, file, ...args]);
  }

  /** What a TCP server says to one outside; '' when it says nothing within a second. */
  async ask(host: string, port: number): Promise<string> {
    const client = ['busybox', 'timeout', '1', 'nc', host, String(port)];
    return (await run('nsenter', [`--net=/run/netns/${this.#names[1]}`, ...client])).stdout.trim();
  }

  [Symbol.dispose](): void {
    for (const name of this.#names) ip('netns', 'delete', name);
  }
}

function ip(...args: readonly string[]): void {
  execFileSync('ip', args);
}

test('networks of both address families, closed, isolated and macvlan, seen from outside; reload', async () => {
  await using store = await Store.create({ runtime: 'crun', ownNetworks: true });
  using neighbours = new Neighbours();
  const tspod = (...args: readonly string[]) => neighbours.onMachine(launcher, store.argv(args));
  const must = async (...args: readonly string[]) => {
    const result = await tspod(...args);
    expect(result, args.join(' ')).toMatchObject({ exitCode: 0 });
    return result.stdout.trim();
  };
  const make = (...flags: readonly string[]) => must('network', 'create', '--disable-dns', ...flags);
  const [dual, closed, apart, lan] = ['v', 'w', 'x', 'y'].map(networkName) as [string, string, string, string];
  const open = ['--ipv6', '--subnet', 'fd39:1::/64', '-o', 'mtu=1300', '-o', 'vlan=5'];
  await make(...subnet(5), ...open, '-o', 'isolate=true', dual);
  await make('--internal', ...subnet(6), closed);
  await make('-o', 'isolate=true', ...subnet(7), apart);
  await make('-d', 'macvlan', '-o', 'parent=cable', '--subnet', '198.51.100.0/24', lan);
  expect(await tspod('network', 'create', '--subnet', '198.51.100.0/25')).toMatchObject({
    exitCode: 125,
    stderr: expect.stringContaining('already used'),
  });

  const own = `${dual}:ip=${prefix}.5.7,ip6=fd39:1::7,mac=02:00:00:00:05:07`;
  const ports = ['-p', '8080:80', '-p', '[fd51::1]:8081:80', '-p', '8082:80/sctp'];
  await must('run', '-d', '--name', 'web', '-e', 'NAME=web', '--network', own, '--network', closed, ...ports, busybox, ...server);
  const eventuallySays = (word: string, host: string, port: number) =>
    eventually(`${word} on ${host}:${port}`, async () => ((await neighbours.ask(host, port)) === word ? true : undefined));
  const reached = async () => {
    for (const [host, port] of [
      ['198.51.100.1', 8080],
      ['fd51::1', 8080],
      ['fd51::1', 8081],
    ] as const)
      await eventuallySays('web', host, port);
  };
  await reached();
  expect(await neighbours.ask('198.51.100.1', 8081)).toBe('');
  const rules = async () => (await neighbours.onMachine('iptables-save', ['-t', 'nat'])).stdout;
  expect(await rules()).toContain(`-p sctp -m sctp --dport 8082 -j DNAT --to-destination ${prefix}.5.7:80`);
  const links = await must('exec', 'web', 'sh', '-c', 'ip address show eth0; ip route');
  for (const part of ['mtu 1300', '02:00:00:00:05:07', `${prefix}.5.7/24`, 'fd39:1::7/64', `default via ${prefix}.5.1`])
    expect(links).toContain(part);
  const inClosed = await must('inspect', '-f', `{{(index .NetworkSettings.Networks "${closed}").IPAddress}}`, 'web');
  const ask = (host: string) => `timeout 1 nc ${host} 80 </dev/null || echo no`;
  const from = (network: string, script: string) => must('run', '--rm', '--network', network, busybox, 'sh', '-c', script);
  expect(await from(closed, `${ask(inClosed)}; ${ask('198.51.100.2')}; ip route`)).toMatch(/^web\nno\n(?!default)/);
  expect(await from(apart, ask(`${prefix}.5.7`))).toBe('no');

  await must('run', '-d', '--name', 'near', '-e', 'NAME=near', '--network', `${lan}:ip=198.51.100.77`, busybox, ...server);
  await eventuallySays('near', '198.51.100.77', 80);

  for (const command of ['iptables', 'ip6tables']) await neighbours.onMachine(command, ['-t', 'nat', '-F']);
  expect(await neighbours.ask('198.51.100.1', 8080)).toBe('');
  await must('network', 'reload', 'web');
  await reached();
  expect(await must('exec', 'web', 'ip', 'address', 'show', 'eth0')).toContain('02:00:00:00:05:07');
  await must('rm', '-f', '-t', '0', '-a');
  expect(await rules()).not.toMatch(/dport 808/);
  expect((await neighbours.onMachine('ip', ['-br', 'link'])).stdout).not.toMatch(/podman|veth/);
  await must('network', 'rm', dual, closed, apart, lan);
});

test('the name service takes the port of containers.conf', async () => {
  await using store = await Store.create({ runtime: 'runc', ownNetworks: true });
  const configuration = store.path('containers.conf');
  writeFileSync(configuration, '[network]\ndns_bind_port = 5311\n');
  const options = { env: { CONTAINERS_CONF_OVERRIDE: configuration } };
  const name = networkName('z');
  await store.must('network', 'create', ...subnet(8), name);
  await store.tspod(['run', '-d', '--name', 'named', '--network', name, busybox, 'sleep', '1000'], options);
  const lookUp = ['run', '--rm', '--network', name, busybox, 'nslookup', 'named.dns.podman'];
  expect((await store.tspod(lookUp, options)).stdout).toContain(`Address: ${prefix}.8.2`);
  expect(rulesNaming('5311').join()).toContain(`${prefix}.8.1:5311`);
  await store.tspod(['network', 'rm', '-f', '-t', '0', name], options);
  expect(rulesNaming('5311')).toEqual([]);
});

/** What is recorded of networks of the store's containers. */
function sandboxFiles({ runRoot }: Store): SandboxFile[] {
  return readdirSync(runRoot, { recursive: true, encoding: 'utf8' })
    .filter((path) => /networks\/[0-9a-f]+\.json$/.test(path))
    .map((path) => JSON.parse(readFileSync(join(runRoot, path), 'utf8')) as SandboxFile);
}

interface SandboxFile {
  readonly networks: readonly { readonly status?: unknown; readonly attachment: { readonly static_ips: readonly string[] } }[];
  readonly namespace?: string;
  readonly sandbox?: { readonly namespace: string };
  readonly containerId: string;
}
