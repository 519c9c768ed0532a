import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Host, HostFacts, LimitSupport, ProcessIdentity } from '@tspod/core';
import type { ConditionalCheck } from './check.ts';
import { assertRefuses } from './refusal.ts';
import { inTime, until } from './waiting.ts';

export interface HostFixture {
  readonly instance: Host;
  /** Empty, for the checks to work in, on a file system that can be mounted on. */
  readonly directory: string;
  /** Also unmounts what a check that failed left mounted. */
  cleanup(): Promise<void>;
}

/** What a host says of its machine. */
export interface HostAbilities {
  readonly facts: HostFacts;
  readonly limits: LimitSupport;
}

export type HostCheck = ConditionalCheck<HostFixture, HostAbilities>;

const always = () => true;
const mebibyte = 2 ** 20;
let lastNumber = 0;

interface Program extends AsyncDisposable {
  readonly identity: ProcessIdentity;
  /** All that it wrote to stdout so far. */
  output(): string;
}

/** A shell that runs `script` until it is disposed of, and those whose pids it writes. */
function program(script: string, command: readonly string[] = ['sh', '-c']): Program {
  const [file = 'sh', ...rest] = [...command, script];
  const child = spawn(file, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  // asked of /proc, not of the host that is checked
  const startTime = Number(readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[19]);
  const identity = { pid: child.pid ?? 0, startTime };
  return {
    identity,
    output: () => output,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended;
      for (const pid of output.match(/\d+/g) ?? []) if (isAlive(Number(pid))) process.kill(Number(pid), 'SIGKILL');
    },
  };
}

const isAlive = (pid: number) => existsSync(`/proc/${pid}/stat`) && !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));

/** A cgroup of its own for one check, gone afterwards in every hierarchy. */
async function inCgroup(host: Host, use: (path: string) => Promise<void>): Promise<void> {
  const parent = `/tspod-kit-${process.pid}-${++lastNumber}`;
  try {
    await use(`${parent}/leaf`);
  } finally {
    // the kernel needs a moment to take dead processes out
    await until(async () => {
      for (const path of [`${parent}/leaf/below`, `${parent}/leaf`, parent]) await host.removeCgroup(path);
      return !cgroupIsThere(parent);
    }, `the cgroup ${parent} is gone`);
  }
}

function cgroupDirectories(): string[] {
  const lines = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
  return lines.filter((line) => / - cgroup2? /.test(line)).map((line) => line.split(' ')[4] ?? '');
}

/** SELinux's; undefined: it has none. Needs stat(1) of coreutils. */
function labelOf(path: string): string | undefined {
  const { status, stdout } = spawnSync('stat', ['--format', '%C', path], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}

/** By every hierarchy that can, and not by the host that is checked. */
function setFrozen(path: string, frozen: boolean): void {
  for (const [file, value] of [
    ['freezer.state', frozen ? 'FROZEN' : 'THAWED'],
    ['cgroup.freeze', frozen ? '1' : '0'],
  ] as const) {
    const targets = cgroupDirectories().map((mountPoint) => join(mountPoint, path, file));
    for (const target of targets) if (existsSync(target)) writeFileSync(target, value);
  }
}

const cgroupIsThere = (path: string) => cgroupDirectories().some((mountPoint) => existsSync(join(mountPoint, path)));

function mountPoints(directory: string): string[] {
  const lines = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
  return lines.map((line) => line.split(' ')[4] ?? '').filter((path) => path.startsWith(directory));
}

/** A root directory with everything that may try to lead out of it, and a file beside it. */
function hostileRoot(directory: string): string {
  const root = join(directory, 'root');
  mkdirSync(join(root, 'etc'), { recursive: true });
  writeFileSync(join(directory, 'secret'), 'outside');
  writeFileSync(join(root, 'etc/passwd'), 'inside');
  writeFileSync(join(root, 'big'), 'x'.repeat(10_000));
  symlinkSync('/etc/passwd', join(root, 'absolute'));
  symlinkSync('../../../etc/passwd', join(root, 'etc/relative'));
  symlinkSync('../secret', join(root, 'escape'));
  symlinkSync(join(directory, 'secret'), join(root, 'escape-absolute'));
  symlinkSync('loop', join(root, 'loop'));
  return root;
}

const leadsOut = ['escape', 'escape-absolute', '../secret', '/../secret', 'etc/../../secret', 'loop', 'nosuch'];

export const hostChecks: readonly HostCheck[] = [
  {
    name: 'states facts that agree with the machine, the same each time',
    needs: always,
    async run({ instance }) {
      const facts = await instance.facts();
      assert.deepEqual(await instance.facts(), facts);
      assert.equal(facts.kernel, readFileSync('/proc/sys/kernel/osrelease', 'utf8').trim());
      assert.equal(facts.hostname, hostname());
      assert.equal(facts.memory, Number(/^MemTotal:\s+(\d+)/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1]) * 1024);
      assert.equal(facts.rootless, process.getuid?.() !== 0);
      const types = new Set(
        [...readFileSync('/proc/self/mountinfo', 'utf8').matchAll(/ - (cgroup2?) /g)].map(([, type]) => type),
      );
      assert.equal(facts.cgroupVersion, types.has('cgroup') ? 1 : 2);
      assert.equal(facts.cgroupHybrid, types.size === 2);
      const bounding = BigInt(`0x${/^CapBnd:\s+(\w+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]}`);
      assert.equal(facts.boundingCapabilities.includes('CAP_CHOWN'), (bounding & 1n) === 1n);
      assert.equal(facts.boundingCapabilities.length, bounding.toString(2).replaceAll('0', '').length);
    },
  },
  {
    name: 'reads files below a root, and nothing outside of it',
    needs: always,
    async run({ instance, directory }) {
      const root = hostileRoot(directory);
      const read = async (path: string, limit?: number) => {
        const content = await instance.readFileInRoot(root, path, limit);
        return content && Buffer.from(content).toString();
      };
      for (const path of ['/etc/passwd', 'etc/./passwd', 'absolute', 'etc/relative'])
        assert.equal(await read(path), 'inside', path);
      for (const path of [...leadsOut, 'etc']) assert.equal(await read(path), undefined, path);
      assert.equal((await read('big', 10_000))?.length, 10_000);
      await assert.rejects(read('big', 9_999), 'more than the limit');
    },
  },
  {
    name: 'tells what is below a root, and nothing of what is outside',
    needs: always,
    async run({ instance, directory }) {
      const root = hostileRoot(directory);
      const found = await Promise.all(['etc', 'absolute', '.'].map((path) => instance.statInRoot(root, path)));
      assert.deepEqual(found, ['directory', 'file', 'directory']);
      for (const path of leadsOut) assert.equal(await instance.statInRoot(root, path), undefined, path);
    },
  },
  {
    name: 'appends to files below a root, and to nothing outside of it',
    needs: always,
    async run({ instance, directory }) {
      const root = hostileRoot(directory);
      await instance.appendFileInRoot(root, 'absolute', ' and more');
      assert.equal(readFileSync(join(root, 'etc/passwd'), 'utf8'), 'inside and more');
      for (const path of [...leadsOut, 'etc']) {
        await assertRefuses(instance.appendFileInRoot(root, path, 'x'), 'not-found', 'no-such-file');
      }
      assert.equal(readFileSync(join(directory, 'secret'), 'utf8'), 'outside');
    },
  },
  {
    name: 'makes links below a root where there is nothing yet, and none outside of it',
    needs: always,
    async run({ instance, directory }) {
      const root = hostileRoot(directory);
      const owner = { uid: 12, gid: 34 };
      for (const path of ['/etc/link', '/made/link', '/etc/passwd']) await instance.linkInRoot(root, path, '/target', owner);
      for (const path of ['etc/link', 'made/link']) assert.equal(readlinkSync(join(root, path)), '/target');
      assert.equal(lstatSync(join(root, 'etc/link')).uid, owner.uid);
      assert.equal(readFileSync(join(root, 'etc/passwd'), 'utf8'), 'inside');
      const before = readdirSync(directory);
      for (const path of leadsOut) await instance.linkInRoot(root, `/${path}/link`, '/target', owner);
      assert.deepEqual(readdirSync(directory), before);
    },
  },
  {
    name: 'mounts with flags, and unmounts what is mounted or not, also when it is busy',
    needs: always,
    async run({ instance, directory }) {
      const [source, target] = [join(directory, 'source'), join(directory, 'target')];
      for (const path of [source, target]) mkdirSync(path);
      assert.equal(await instance.isMountPoint(target), false);
      await instance.mount({ source: 'tmpfs', target: source, type: 'tmpfs', options: ['size=64k', 'mode=700'] });
      assert.equal(await instance.isMountPoint(source), true);
      writeFileSync(join(source, 'file'), 'content');
      await instance.mount({ source, target, type: '', options: ['bind', 'ro'] });
      assert.equal(readFileSync(join(target, 'file'), 'utf8'), 'content');
      assert.throws(() => writeFileSync(join(target, 'file'), 'x'), { code: 'EROFS' });
      await using busy = program(`cd ${source} && echo in && exec sleep 60`);
      await until(() => busy.output() !== '', 'the program works there');
      for (const path of [target, source, source, join(directory, 'nosuch')]) await instance.unmount(path);
      assert.deepEqual(mountPoints(directory), []);
      await assert.rejects(instance.mount({ source: 'x', target, type: 'nosuchfs', options: [] }), { code: 'ENODEV' });
    },
  },
  {
    name: 'brings a mount here that only another process has',
    needs: always,
    async run({ instance, directory }) {
      const [inside, target] = [join(directory, 'inside'), join(directory, 'target')];
      for (const path of [inside, target]) mkdirSync(path);
      const script = `mount -t tmpfs tmpfs ${inside} && echo there >${inside}/file && echo ready && exec sleep 60`;
      await using other = program(script, ['unshare', '--mount', 'sh', '-c']);
      await until(() => other.output() !== '', 'the other process has mounted');
      await instance.cloneMount(other.identity, inside, target);
      assert.equal(readFileSync(join(target, 'file'), 'utf8'), 'there\n');
      assert.deepEqual(readdirSync(inside), []);
      await instance.unmount(target);
    },
  },
  {
    name: 'gives trees to others, and what symlinks in them lead to not',
    needs: always,
    async run({ instance, directory }) {
      const tree = join(directory, 'tree');
      mkdirSync(join(tree, 'below'), { recursive: true });
      for (const path of [join(tree, 'below/file'), join(directory, 'outside')]) writeFileSync(path, '');
      symlinkSync('../outside', join(tree, 'link'));
      symlinkSync('tree', join(directory, 'way'));
      await instance.changeOwner(join(directory, 'way'), 12, 34);
      const owner = (path: string) => [lstatSync(join(directory, path)).uid, lstatSync(join(directory, path)).gid];
      for (const path of ['tree', 'tree/below', 'tree/below/file', 'tree/link']) assert.deepEqual(owner(path), [12, 34], path);
      assert.deepEqual([owner('outside'), owner('way')], [owner('.'), owner('.')]);
    },
  },
  {
    name: 'tells a process from others, also from a later one with its number',
    needs: always,
    async run({ instance }) {
      await using running = program('exec sleep 60');
      const { identity } = running;
      assert.deepEqual(instance.processIdentity(identity.pid), identity);
      assert.equal(instance.isRunning(identity), true);
      const other = { ...identity, startTime: identity.startTime - 1 };
      assert.equal(instance.isRunning(other), false);
      assert.equal(instance.signal(other, 9), false);
      await inTime(instance.waitGone(other), 'the end of a process that is gone');
      assert.ok(isAlive(identity.pid), 'the wrong process was killed');
      assert.equal(instance.processIdentity(2 ** 22 + 1), undefined);
    },
  },
  {
    name: 'sends signals, and waits for the end of a process or until it is told to stop',
    needs: always,
    async run({ instance }) {
      await using running = program('exec sleep 60');
      const { identity } = running;
      const reason = new Error('enough');
      await assert.rejects(inTime(instance.waitGone(identity, { signal: AbortSignal.abort(reason) }), 'the abort'), reason);
      const stopped = new AbortController();
      const waiting = instance.waitGone(identity, { signal: stopped.signal });
      setImmediate(() => stopped.abort(reason));
      await assert.rejects(inTime(waiting, 'the abort'), reason);
      const ending = inTime(instance.waitGone(identity), 'the end of the process');
      assert.equal(instance.signal(identity, 15), true);
      await ending;
      assert.deepEqual([instance.isRunning(identity), instance.signal(identity, 0)], [false, false]);
      assert.equal(instance.processIdentity(identity.pid), undefined);
    },
  },
  {
    name: 'kills a process with all that descend from it',
    needs: always,
    async run({ instance }) {
      await using running = program('sleep 60 & echo $!; setsid sh -c "echo \\$\\$; exec sleep 60" & wait');
      await until(() => running.output().split('\n').length === 3, 'both children run');
      const children = running.output().trim().split('\n').map(Number);
      instance.killTree(running.identity);
      await until(() => ![running.identity.pid, ...children].some(isAlive), 'all of them are gone');
    },
  },
  {
    name: 'puts processes into a cgroup of every hierarchy, and removes it when it is empty',
    needs: always,
    async run({ instance }) {
      await inCgroup(instance, async (path) => {
        instance.expectCgroupMoves();
        await using running = program('exec sleep 60');
        const { pid } = running.identity;
        await instance.placeInCgroup(path, pid);
        const lines = readFileSync(`/proc/${pid}/cgroup`, 'utf8').trim().split('\n');
        assert.deepEqual([...new Set(lines.map((line) => line.split(':').slice(2).join(':')))], [path]);
        await instance.removeCgroup(path);
        assert.ok(cgroupIsThere(path), 'a cgroup was removed that is in use');
      });
      await instance.removeCgroup(`/tspod-kit-${process.pid}-nosuch`);
    },
  },
  {
    name: 'ends the processes of a cgroup and of those below it, and removes it',
    needs: always,
    async run({ instance }) {
      await inCgroup(instance, async (path) => {
        await using above = program('sleep 60 & echo $!; wait');
        await using below = program('exec sleep 60');
        await until(() => above.output().endsWith('\n'), 'its child runs');
        const pids = [above.identity.pid, Number(above.output()), below.identity.pid];
        for (const pid of pids) await instance.placeInCgroup(pid === below.identity.pid ? `${path}/below` : path, pid);
        await instance.endCgroup(path);
        assert.deepEqual(pids.filter(isAlive), []);
        assert.ok(!cgroupIsThere(path), `${path} was left`);
        await instance.endCgroup(path);
      });
    },
  },
  {
    name: 'lets the processes of a frozen cgroup go on',
    needs: always,
    async run({ instance }) {
      await inCgroup(instance, async (path) => {
        await using running = program('while :; do echo x; sleep 0.02; done');
        await instance.placeInCgroup(path, running.identity.pid);
        setFrozen(path, true);
        try {
          await sleep(50); // what it wrote before arrives
          const before = running.output();
          await sleep(100);
          assert.equal(running.output(), before, 'it is frozen');
          await instance.thawCgroup(path);
          await until(() => running.output() !== before, 'it goes on');
          await instance.thawCgroup(path);
        } finally {
          setFrozen(path, false); // what is frozen can't be killed
        }
      });
      await instance.thawCgroup(`/tspod-kit-${process.pid}-nosuch`);
    },
  },
  {
    name: 'makes no cgroup for a process that is gone',
    needs: always,
    async run({ instance }) {
      await inCgroup(instance, async (path) => {
        await assert.rejects(instance.placeInCgroup(path, 2 ** 22 + 1));
        assert.ok(!cgroupIsThere(path), `${path} was left`);
      });
    },
  },
  {
    name: 'tells what a cgroup uses, and of one that is not there that it is not',
    needs: always,
    async run({ instance }) {
      await inCgroup(instance, async (path) => {
        await using busy = program('while :; do :; done');
        await instance.placeInCgroup(path, busy.identity.pid);
        await until(async () => (await instance.cgroupUsage(path)).cpu > 1_000_000, 'it has used a millisecond');
        assert.equal((await instance.cgroupUsage(path)).pids, 1);
        await assertRefuses(instance.cgroupUsage(`${path}-nosuch`), 'not-found', 'no-such-cgroup');
      });
    },
  },
  {
    name: 'limits a cgroup, and leaves what is not named as it is',
    needs: ({ limits }) => limits.pids && limits.memory,
    async run({ instance }) {
      await inCgroup(instance, async (path) => {
        await instance.limitCgroup(path, { pids: { limit: 40 }, memory: { limit: 64 * mebibyte } });
        await instance.limitCgroup(path, { memory: { limit: 96 * mebibyte } });
        const find = (...files: readonly string[]) =>
          cgroupDirectories()
            .flatMap((mountPoint) => files.map((file) => join(mountPoint, path, file)))
            .filter((file) => existsSync(file))
            .map((file) => Number(readFileSync(file, 'utf8')));
        assert.deepEqual([find('pids.max'), find('memory.limit_in_bytes', 'memory.max')], [[40], [96 * mebibyte]]);
        await using running = program('exec sleep 60');
        await instance.placeInCgroup(path, running.identity.pid);
        assert.equal((await instance.cgroupUsage(path)).memoryLimit, 96 * mebibyte);
      });
    },
  },
  {
    name: 'has systemd make a scope around a process',
    needs: ({ facts }) => facts.systemd,
    async run({ instance }) {
      await using running = program('exec sleep 60');
      const name = `tspod-kit-${process.pid}.scope`;
      await instance.placeInScope({ name, slice: 'machine.slice' }, running.identity.pid);
      await until(() => readFileSync(`/proc/${running.identity.pid}/cgroup`, 'utf8').includes(name), 'it is in the scope');
      await assertRefuses(
        instance.placeInScope({ name: `no-${name}`, slice: 'machine.slice' }, 2 ** 22 + 1),
        'not-found',
        'no-such-process',
      );
    },
  },
  {
    name: 'says so when there is no systemd to make a scope',
    needs: ({ facts }) => !facts.systemd,
    async run({ instance }) {
      const scope = { name: `tspod-kit-${process.pid}.scope`, slice: 'machine.slice' };
      await assertRefuses(instance.placeInScope(scope, process.pid), 'unavailable', 'no-systemd');
    },
  },
  {
    name: 'counts what goes over the network of a process, and nothing for one that is gone',
    needs: always,
    async run({ instance }) {
      await using running = program('echo ready; exec sleep 60', ['unshare', '--net', 'sh', '-c']);
      await until(() => running.output() !== '', 'it has its own network');
      assert.deepEqual(await instance.networkUsage(running.identity), { received: 0, sent: 0 });
      assert.equal(await instance.networkUsage({ ...running.identity, startTime: 1 }), undefined);
    },
  },
  {
    name: 'tells how much memory is free, and of which package a file is',
    needs: always,
    async run({ instance, directory }) {
      const [{ memory, swap }, free] = [await instance.facts(), await instance.freeMemory()];
      assert.ok(free.memory > 0 && free.memory < memory, `${free.memory} of ${memory} bytes are free`);
      assert.ok(free.swap >= 0 && free.swap <= swap, `${free.swap} of ${swap} bytes of swap are free`);
      const packages = await instance.packagesOf(['/usr/bin/env', directory, '/usr/bin/sh']);
      assert.equal(packages.has(directory), false);
      if (!existsSync('/var/lib/dpkg/status')) return;
      assert.match(packages.get('/usr/bin/env') ?? '', /^coreutils_\d\S*_[a-z0-9]+$/);
      assert.match(packages.get('/usr/bin/sh') ?? '', /^dash_\d\S*_[a-z0-9]+$/);
    },
  },
  {
    name: 'lists the processes that a process can see',
    needs: always,
    async run({ instance }) {
      const command = ['unshare', '--pid', '--fork', '--kill-child', 'sh', '-c'];
      await using running = program('sleep 61 & echo ready; wait; :', command);
      await until(() => running.output() !== '', 'it runs');
      const children = readFileSync(`/proc/${running.identity.pid}/task/${running.identity.pid}/children`, 'utf8');
      const first = instance.processIdentity(Number(children.trim()));
      assert.ok(first, 'the first process of the namespace runs');
      const found = await instance.processesBeside(first);
      assert.deepEqual(
        found.map(({ pid, parent, name, argv }) => ({ pid, parent, name, argv: argv.slice(0, 2) })),
        [
          { pid: 1, parent: 0, name: 'sh', argv: ['sh', '-c'] },
          { pid: 2, parent: 1, name: 'sleep', argv: ['sleep', '61'] },
        ],
      );
      assert.equal(found[0]?.hostPid, first.pid);
      assert.deepEqual(await instance.processesBeside({ ...first, startTime: 1 }), []);
    },
  },
  {
    name: 'knows devices, one by one, below a directory, and all of them',
    needs: always,
    async run({ instance, directory }) {
      assert.deepEqual(await instance.deviceNumbers('/dev/null'), { major: 1, minor: 3 });
      for (const path of ['/dev/nosuch', '/etc/passwd']) assert.equal(await instance.deviceNumbers(path), undefined, path);
      const summary = async (path: string) => {
        const found = await instance.devicesAt(path);
        return (
          found && {
            kind: found.kind,
            paths: found.kind === 'other' ? [] : found.devices.map(({ path: one, below }) => [one, below]),
          }
        );
      };
      symlinkSync('/dev/null', join(directory, 'link'));
      assert.deepEqual(
        (await summary('/dev/null'))?.paths.map(([, below]) => below),
        [''],
      );
      assert.equal((await summary(join(directory, 'link')))?.kind, 'device');
      assert.ok((await summary('/dev'))?.paths.some(([, below]) => below === 'null' || below === '/null'));
      assert.deepEqual(await summary('/etc/passwd'), { kind: 'other', paths: [] });
      assert.equal(await summary('/dev/nosuch'), undefined);
      const all = await instance.devices();
      assert.ok(all.some(({ path, major, minor }) => path === '/dev/null' && major === 1 && minor === 3));
    },
  },
  {
    name: 'knows the limits of this process, what can be limited, and what security modules have',
    needs: always,
    async run({ instance }) {
      const [, soft, hard] = /^Max open files\s+(\d+)\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
      assert.deepEqual(instance.limits().get('RLIMIT_NOFILE'), { soft: Number(soft), hard: Number(hard) });
      assert.deepEqual(await instance.limitSupport(), await instance.limitSupport());
      const list = '/sys/kernel/security/apparmor/profiles';
      const known = existsSync(list) ? readFileSync(list, 'utf8').split('\n').filter(Boolean).length : 0;
      assert.equal((await instance.apparmorProfiles()).length, known);
      const { selinux } = await instance.facts();
      assert.ok(selinux || (await instance.selinuxContexts()) === undefined, 'contexts without SELinux');
    },
  },
  {
    name: 'labels a file, or a tree and nothing that its symlinks lead to',
    needs: ({ facts }) => !facts.rootless,
    async run({ instance, directory }) {
      // without SELinux the kernel keeps any label
      const label = (await instance.selinuxContexts())?.file ?? 'system_u:object_r:container_file_t:s0';
      const tree = join(directory, 'tree');
      mkdirSync(join(tree, 'below'), { recursive: true });
      for (const path of ['tree/below/file', 'outside', 'alone']) writeFileSync(join(directory, path), '');
      symlinkSync('../outside', join(tree, 'link'));
      const before = labelOf(join(directory, 'outside'));
      await instance.labelFiles(tree, label);
      await instance.labelFiles(join(directory, 'alone'), label);
      for (const path of ['tree', 'tree/below', 'tree/below/file', 'alone'])
        assert.equal(labelOf(join(directory, path)), label, path);
      assert.equal(labelOf(join(directory, 'outside')), before);
      await assert.rejects(instance.labelFiles(join(directory, 'nosuch'), label), {
        code: 'ENOENT',
        path: join(directory, 'nosuch'),
      });
    },
  },
  {
    name: 'has the kernel load an AppArmor profile, in place of one of its name, and refuses what is none',
    needs: ({ facts }) => facts.apparmor && !facts.rootless,
    async run({ instance }) {
      const name = `tspod-kit-${process.pid}`;
      const profile = (rule: string) => `profile ${name} flags=(attach_disconnected) { ${rule} }\n`;
      try {
        for (const rule of ['file,', 'file, deny mount,']) {
          await instance.loadApparmorProfile(profile(rule));
          assert.ok((await instance.apparmorProfiles()).includes(name), rule);
        }
        await assertRefuses(instance.loadApparmorProfile(profile('nosuchrule')), 'unavailable', 'apparmor-refused');
      } finally {
        spawnSync('apparmor_parser', ['--remove'], { input: profile('file,') });
      }
    },
  },
  {
    name: 'says so when there is no AppArmor to load a profile',
    needs: ({ facts }) => !facts.apparmor,
    async run({ instance }) {
      const profile = `profile tspod-kit-${process.pid} { file, }\n`;
      await assertRefuses(instance.loadApparmorProfile(profile), 'unavailable', 'apparmor-refused');
    },
  },
];
