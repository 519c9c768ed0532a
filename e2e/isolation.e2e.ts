import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually, traces, tracesAtRest } from './support/machine.ts';
import { shareOf } from './support/share.ts';
import { busybox, busyboxArchive, launcher, podmanConfiguration, run, Store } from './support/store.ts';

/**
 * What a process in a container can see of its isolation, one fact a line. Where mounts come from is each engine's own, so that only their
 * places, types and options are told.
 */
const probe = [
  'grep -E "^(Uid|Gid|Groups|Cap|NoNewPrivs|Seccomp:)" /proc/self/status',
  'cat /proc/self/uid_map /proc/self/gid_map /proc/self/personality /proc/self/oom_score_adj /proc/self/cmdline',
  'cut -d" " -f5,6 /proc/self/mountinfo | sort',
  'find /dev -type c -o -type b | sort | xargs ls -ln | sed "s/ [A-Z][a-z][a-z] .* / /"',
  'cat /proc/self/limits',
  'for key in kernel/shmmax kernel/sem fs/mqueue/msg_max net/ipv4/ip_forward net/ipv4/ping_group_range; do echo $key $(cat /proc/sys/$key 2>&1); done',
  'env | sort',
  'umask; uname -m; uname -n; date +%Z; pwd; id',
  'cat /etc/passwd /etc/group; ls -l /etc/etc /run /tmp 2>&1 | sed "s/ [A-Z][a-z][a-z] .* / /"',
  'for path in /proc/kcore /proc/keys /sys/firmware /proc/sys/kernel/shmmax; do test -w $path && echo $path can be written to; head -c1 $path | wc -c; done 2>&1',
  'readlink /proc/self/ns/ipc /proc/self/ns/uts /proc/self/ns/cgroup /proc/self/ns/pid | sed "s/[0-9]*$//"',
].join('\n');

/** A difference that is meant, with the reason. */
const allowed: readonly { readonly line: RegExp; readonly reason: string }[] = [
  {
    line: /^\/dev\/shm /,
    reason: 'a tmpfs in the container instead of one on the host: docs/decisions/2026-11-23-shm-inside.md',
  },
  { line: /^container_uuid=/, reason: 'the id of the container' },
  {
    line: /^HOME=/,
    reason: 'podman has HOME from the working directory as soon as --hostuser adds an entry; it stays that of the user here',
  },
  { line: / hosts$/, reason: 'networks say what is in it; here it is about its place' },
  { line: / \/dev\/null$/, reason: 'crun gives the node that is its stdin, the one of the host, to the user of the container' },
  { line: /^total /, reason: 'blocks that listings take' },
];

const commandLines: readonly (readonly string[])[] = [
  [],
  ['--security-opt', 'no-new-privileges'],
  ['--security-opt', 'no-new-privileges:false'],
  ['--security-opt', 'seccomp=unconfined'],
  ['--security-opt', 'seccomp=/usr/share/containers/seccomp.json'],
  ['--security-opt', 'mask=/bin/nosuch:/etc/shadow'],
  ['--security-opt', 'unmask=/proc/kcore'],
  ['--security-opt', 'unmask=/proc/*'],
  ['--security-opt', 'unmask=ALL'],
  ['--security-opt', 'systempaths=unconfined'],
  ['--security-opt', 'proc-opts=nosuid,noexec,nodev,hidepid=2'],
  ['--security-opt', 'label=disable'],
  ['--security-opt', 'apparmor=unconfined'],
  ['--cap-add', 'SYS_PTRACE', '--cap-drop', 'chown'],
  ['--cap-drop', 'all', '--cap-add', 'net_raw'],
  ['--cap-add', 'all'],
  ['--user', '1000', '--cap-add', 'net_admin'],
  ['--user', '44'],
  ['--user', '44:55', '--workdir', '/tmp'],
  ['--user', 'user', '--group-add', '1', '--group-add', 'nogroup'],
  ['--user', '44', '--read-only'],
  ['--user', '44', '--passwd-entry', '$USERNAME:x:$UID:$GID:$NAME:$HOME:/bin/ash'],
  ['--user', '44', '--passwd=false'],
  ['--hostuser', 'root', '--hostuser', 'mail'],
  ['--group-add', '5'],
  ['--device', '/dev/fuse'],
  ['--device', '/dev/fuse:/dev/other:r'],
  ['--device', '/dev/net'],
  ['--device', '/dev/net:/dev/deep/net:rw'],
  ['--device', '/dev/full:rw', '--device', '/dev/zero:/dev/naught'],
  ['--sysctl', 'kernel.shmmax=1000000', '--sysctl', 'net.ipv4.ip_forward=1'],
  ['--sysctl', 'fs.mqueue.msg_max=20,kernel.msgmax=4096'],
  ['--umask', '077'],
  ['--tz', 'America/New_York'],
  ['--tz', 'local'],
  ['--systemd', 'always'],
  ['--systemd', 'false'],
  ['--init', '--init-path', '/usr/bin/catatonit'],
  ['--chrootdirs', '/etc'],
  ['--env-merge', 'PATH=$PATH:/opt/bin', '--unsetenv', 'TERM'],
  ['--unsetenv-all', '-e', 'PATH=/bin'],
  ['--env-host', '-e', 'B=own'],
  ['--http-proxy=false'],
  ['--privileged'],
  ['--privileged', '--security-opt', 'mask=/etc/shadow', '--security-opt', 'no-new-privileges', '--user', 'user'],
  ['--read-only'],
  ['--read-only', '--read-only-tmpfs=false', '--tmpfs', '/scratch'],
  ['--ipc', 'host'],
  ['--ipc', 'none'],
  ['--pid', 'host'],
  ['--uts', 'host'],
  ['--cgroupns', 'private'],
  ['--disable-content-trust', '--hostname', 'given'],
  ['--userns', 'host'],
  ['--uidmap', '0:100000:2000'],
  ['--uidmap', '0:100000:3000', '--gidmap', '0:200000:5000'],
  ['--uidmap', '0:100000:2000', '--user', '1000:1000'],
  ['--uidmap', '0:100000:5000', '--privileged'],
  ['-m', '64m', '--cpus', '0.5', '--pids-limit', '50', '--oom-score-adj', '500'],
  ['--pid', 'host', '--ipc', 'host', '--uts', 'host', '--cgroupns', 'host'],
  ['--tmpfs', '/t:size=1m,mode=700', '-v', '/etc/hostname:/h:ro', '--read-only'],
  ['--device', '/dev/fuse', '--device-cgroup-rule', 'c 1:3 rwm'],
  ['--mount', 'type=tmpfs,dst=/t,tmpfs-size=1m', '--mount', 'type=bind,src=/etc,dst=/e,ro'],
  ['--init', '--shm-size', '1m'],
  ['--network', 'host'],
];

/** Crun alone knows these, or the runtimes differ in them. */
const crunOnly: readonly (readonly string[])[] = [
  ['--personality', 'LINUX32'],
  ['--cgroups', 'disabled'],
  ['--group-add', 'keep-groups'],
];

const badInput: readonly (readonly string[])[] = [
  ['--security-opt', 'foo'],
  ['--security-opt', 'foo=bar'],
  ['--security-opt', 'systempaths=x'],
  ['--security-opt', 'no-new-privileges:maybe'],
  ['--security-opt', 'seccomp=/no/such/file'],
  ['--security-opt', 'apparmor=nosuch'],
  ['--seccomp-policy', 'nosuch'],
  ['--seccomp-policy', 'image'],
  ['--device', '/dev/nosuch'],
  ['--device', '/etc/passwd'],
  ['--device', '/dev/null:/dev/x:q'],
  ['--device', '/dev/null:x:rw'],
  ['--sysctl', 'foo'],
  ['--sysctl', 'kernel.panic=1'],
  ['--sysctl', 'net.ipv4.ip_forward=1', '--network', 'host'],
  ['--sysctl', 'fs.mqueue.msg_max=20', '--ipc', 'host'],
  ['--group-add', 'nosuch'],
  ['--group-add', 'keep-groups', '--group-add', '5'],
  ['--umask', '99'],
  ['--tz', 'nosuch'],
  ['--hostuser', 'nosuch'],
  ['--systemd', 'nosuch'],
  ['--init', '--init-path', '/no/such/init'],
  ['--ipc', 'nosuch'],
  ['--userns', 'nosuch'],
  ['--userns', 'keep-id'],
  ['--userns', 'nomap'],
  ['--userns', 'private'],
  ['--userns', 'container:nosuch'],
  ['--userns', 'ns:/nosuch'],
  ['--uidmap', 'foo'],
  ['--gidmap', '0:1'],
  ['--userns', 'host', '--uidmap', '0:100000:10'],
  ['--subuidname', 'nosuch'],
  ['--replace'],
];

describe.each(['crun', 'runc'] as const)('isolation, %s', (runtime) => {
  const sample = <Line>(lines: readonly Line[]) => shareOf(runtime, lines, 2);

  let ours: Store;
  let theirs: Store;
  beforeAll(async () => {
    ours = await Store.create({ runtime });
    theirs = Store.empty({ runtime });
    writeFileSync(ours.path('conf'), podmanConfiguration);
    await theirs.mustPodman('load', '-q', '-i', busyboxArchive());
    // the root of a user namespace must be able to pass
    for (const { directory } of [ours, theirs]) chmodSync(directory, 0o711);
  });
  afterAll(async () => {
    await theirs.podman(['rm', '-f', '-a', '-t', '0']);
    await theirs[Symbol.asyncDispose]();
    await ours[Symbol.asyncDispose]();
  });

  async function both(flags: readonly string[], command: readonly string[]) {
    const network = flags.includes('--network') ? [] : ['--network', 'none'];
    const hostname = flags.includes('--uts') || flags.includes('--hostname') ? [] : ['--hostname', 'probe'];
    const args = ['run', '--rm', ...network, ...hostname, ...flags, busybox];
    const env = { CONTAINERS_CONF: ours.path('conf'), http_proxy: 'http://proxy', A: 'a', B: 'b', TMPDIR: '/var/tmp', _: '' };
    return Promise.all([ours.tspod([...args, ...command], { env }), theirs.podman([...args, ...command], { env })]);
  }

  const lines = runtime === 'crun' ? [...sample(commandLines), ...crunOnly] : sample(commandLines);
  test.each(lines.map((flags) => [flags.join(' ') || 'nothing said', flags] as const))('%s', async (_what, flags) => {
    const [mine, podmans] = await both(flags, ['sh', '-c', probe]);
    expect(mine.stderr).toBe(podmans.stderr);
    expect(facts(mine.stdout)).toEqual(facts(podmans.stdout));
    expect(mine.exitCode).toBe(0);
  });

  test.each(sample(badInput).map((flags) => [flags.join(' '), flags] as const))('refused: %s', async (_what, flags) => {
    const before = await tracesAtRest(ours);
    const [mine, podmans] = await both(flags, ['true']);
    expect(complaint(mine.stderr)).toBe(complaint(podmans.stderr));
    expect(mine).toMatchObject({ exitCode: podmans.exitCode, stdout: '' });
    expect(mine.exitCode).not.toBe(0);
    await eventually('helpers to end', () => (traces(ours).processes.length === 0 ? true : undefined));
    expect(traces(ours)).toEqual(before);
    expect(await ours.must('ps', '-a', '-q')).toBe('');
  });

  test('inspect tells what was asked for as podman does', async () => {
    const flags = [
      ...['--security-opt', 'label=disable', '--security-opt', 'seccomp=unconfined', '--security-opt', 'no-new-privileges'],
      ...['--device', '/dev/fuse:/dev/other:rw', '--group-add', '5', '--umask', '027', '--tz', 'UTC', '--chrootdirs', '/etc'],
      ...['--conmon-pidfile', ours.path('conmon.pid'), '--systemd', 'always'],
    ];
    const create = ['create', '--name', 'asked', ...flags, busybox, 'true'];
    await ours.must(...create);
    await theirs.mustPodman(...create);
    const part = async (text: Promise<string>) => {
      const [{ Config, HostConfig, ConmonPidFile }] = JSON.parse(await text);
      const { Umask, Timezone, Passwd, SystemdMode, ChrootDirs, StopSignal } = Config;
      const { SecurityOpt, Devices, GroupAdd, UsernsMode, UTSMode, PidMode, IpcMode, Privileged, CapAdd, CapDrop } = HostConfig;
      const config = { Umask, Timezone, Passwd, SystemdMode, ChrootDirs, StopSignal };
      return {
        ...config,
        SecurityOpt,
        Devices,
        GroupAdd,
        UsernsMode,
        UTSMode,
        PidMode,
        IpcMode,
        Privileged,
        CapAdd,
        CapDrop,
        ConmonPidFile,
      };
    };
    expect(await part(ours.must('inspect', 'asked'))).toEqual(await part(theirs.mustPodman('inspect', 'asked')));
    await ours.must('rm', 'asked');
    await theirs.mustPodman('rm', 'asked');
  });

  test('a user namespace of its own, through a container’s life, beside podman’s view of the store', async () => {
    const flags = ['--uidmap', '0:100000:2000', '--network', 'none'];
    const script = 'echo made > /made; chown 1000:1000 /made; sleep 1000';
    await ours.must('run', '-d', '--stop-timeout', '0', '--name', 'mapped', ...flags, busybox, 'sh', '-c', script);
    const pid = await ours.must('inspect', '--format', '{{.State.Pid}}', 'mapped');
    expect(readFileSync(`/proc/${pid}/uid_map`, 'utf8').trim().split(/ +/)).toEqual(['0', '100000', '2000']);
    const made = await eventually('the file to be there', async () => {
      const listed = await ours.tspod(['exec', 'mapped', 'stat', '-c', '%u:%g', '/made']);
      return listed.stdout === '1000:1000\n' ? listed.stdout : undefined;
    });
    expect(made).toBe('1000:1000\n');

    writeFileSync(ours.path('given'), 'given');
    await ours.must('cp', ours.path('given'), 'mapped:/given');
    expect(await ours.must('exec', 'mapped', 'stat', '-c', '%u', '/given')).toBe('0');
    const archives = `"$@" export mapped | tar -tv --numeric-owner; "$@" cp mapped:/made - | tar -tv --numeric-owner; "$@" cp -a=false mapped:/made mapped:/kept`;
    const listed = await run('sh', ['-c', archives, 'sh', launcher, ...ours.flags]);
    expect(listed.stdout.match(/^\S+ \d+\/\d+ .* made$/gm)).toEqual(Array(2).fill(expect.stringMatching(/ 1000\/1000 /)));
    expect(listed.stdout).not.toMatch(/ 10\d{4}\//);
    expect(await ours.must('exec', 'mapped', 'stat', '-c', '%u', '/kept')).toBe('1000');
    await ours.must('commit', '-q', 'mapped', 'localhost/of-mapped:latest');
    expect(await ours.must('run', '--rm', 'localhost/of-mapped', 'stat', '-c', '%u:%g', '/made')).toBe('1000:1000');
    await ours.must('rmi', 'localhost/of-mapped');

    const joined = ['run', '--rm', '--userns', 'container:mapped', '--network', 'none', busybox, 'cat', '/proc/self/uid_map'];
    expect((await ours.must(...joined)).trim().split(/ +/)).toEqual(['0', '100000', '2000']);
    await ours.must('restart', 'mapped');
    expect(await ours.must('exec', 'mapped', 'cat', '/made')).toBe('made');

    const { stdout } = await ours.podman(['ps', '-a', '--external', '--format', '{{.Names}}']);
    expect(stdout).toContain('mapped');
    await ours.must('stop', 'mapped');
    const root = await ours.must('mount', 'mapped');
    expect(statSync(`${root}/made`).uid).toBe(101000);
    expect(statSync(`${root}/bin`).uid).toBe(100000);
    await ours.must('unmount', 'mapped');
    await ours.must('rm', 'mapped');
  });

  test('auto gives each container ids of its own', async () => {
    const subids = ours.path('subids');
    writeFileSync(subids, 'containers:500000:3000\n');
    const script = `
      mount --bind ${subids} /etc/subuid; mount --bind ${subids} /etc/subgid
      "$@" create --name first --userns auto ${busybox} && "$@" create --name second --userns auto:size=70 ${busybox}
      "$@" create --name third --userns auto:size=3000 ${busybox}
      "$@" inspect --format "{{.HostConfig.IDMappings.UidMap}}" first second && "$@" rm first second`;
    const result = await run('unshare', ['--mount', 'sh', '-c', script, 'sh', launcher, ...ours.flags]);
    expect(result.stderr).toMatch(/^Error: creating container storage: could not find enough available IDs\n/);
    expect(result.stdout).toContain('[0:500000:1024]\n[0:501024:70]\n');
    expect(await ours.must('ps', '-a', '-q')).toBe('');
  });

  test('hooks of directories and devices of the Container Device Interface', async () => {
    const [hooks, cdi, ran] = [ours.path('hooks'), ours.path('cdi'), ours.path('ran')];
    for (const directory of [hooks, cdi]) mkdirSync(directory);
    const definition = (script: string, stage: string, when: object) =>
      JSON.stringify({ version: '1.0.0', hook: { path: '/bin/sh', args: ['sh', '-c', script] }, when, stages: [stage] });
    writeFileSync(`${hooks}/1.json`, definition(`cat > ${ran}`, 'poststop', { commands: ['sh$'] }));
    writeFileSync(`${hooks}/2.json`, definition('sed s/before/after/', 'precreate', { annotations: { '^change$': '^me$' } }));
    const spec = [
      'cdiVersion: 0.5.0',
      'kind: example.com/thing',
      'devices:',
      '- name: one',
      '  containerEdits:',
      '    env: [FROM=device]',
      '    deviceNodes: [{path: /dev/thing, hostPath: /dev/full}]',
      `    mounts: [{hostPath: ${hooks}, containerPath: /hooks, options: [ro, bind]}]`,
    ];
    writeFileSync(`${cdi}/x.yaml`, spec.join('\n'));
    const conf = ours.path('cdi.conf');
    writeFileSync(conf, `[engine]\ncdi_spec_dirs = ["${cdi}"]\n`);
    const env = { CONTAINERS_CONF: conf };

    const flags = ['--network', 'none', '--annotation', 'change=me', '-e', 'A=before', '--device', 'example.com/thing=one'];
    const script = 'echo $A $FROM; ls /hooks; test -c /dev/thing && echo x > /dev/thing';
    const result = await ours.tspod(['--hooks-dir', hooks, 'run', '--rm', ...flags, busybox, 'sh', '-c', script], { env });
    expect(result.stdout).toBe('after device\n1.json\n2.json\n');
    expect(result.stderr).toContain('No space left on device');
    // a runtime dies of SIGPIPE when a hook does not read the state that it is given
    expect(JSON.parse(readFileSync(ran, 'utf8'))).toMatchObject({ status: 'stopped' });

    const helpersEnd = () => eventually('helpers to end', () => (traces(ours).processes.length === 0 ? true : undefined));
    const before = await tracesAtRest(ours);
    const missing = await both(['--device', 'example.com/thing=none'], ['true']);
    expect(complaint(missing[0].stderr)).toBe(complaint(missing[1].stderr));
    expect(missing.map(({ exitCode }) => exitCode)).toEqual([126, 126]);
    writeFileSync(`${hooks}/2.json`, definition('exit 3', 'precreate', { always: true }));
    const failed = await ours.tspod(['--hooks-dir', hooks, 'run', '--rm', '--network', 'none', busybox, 'true'], { env });
    expect(failed).toMatchObject({ exitCode: 126, stdout: '' });
    expect(failed.stderr).toContain('executing precreate hook /bin/sh: exit status 3');
    await helpersEnd();
    const { files, ...rest } = traces(ours);
    // what earlier containers left to be swept may be gone meanwhile
    expect(files.filter((path) => !before.files.includes(path))).toEqual([]);
    expect({ ...rest, files: before.files }).toEqual(before);
  });

  test('--replace takes the place of a container, --rmi takes the image away', async () => {
    await ours.must('run', '-d', '--stop-timeout', '0', '--name', 'place', busybox, 'sleep', '1000');
    const id = await ours.must('run', '-d', '--replace', '--name', 'place', busybox, 'sleep', '1000');
    expect(await ours.must('ps', '-a', '-q', '--no-trunc')).toBe(id);
    const inUse = await ours.tspod(['run', '--rmi', busybox, 'echo', 'out']);
    expect(inUse).toMatchObject({ exitCode: 0, stdout: 'out\n' });
    expect(inUse.stderr).toMatch(/in use/);
    expect(await ours.tspod(['run', '--rmi', '--rm=false', busybox])).toMatchObject({ exitCode: 125 });
    await ours.must('rm', '-f', '-t', '0', 'place');
    await ours.must('tag', busybox, 'localhost/passing:latest');
    expect(await ours.must('run', '--rmi', 'localhost/passing', 'echo', 'out')).toBe('out');
    expect((await ours.tspod(['image', 'exists', 'localhost/passing'])).exitCode).toBe(1);
  });

  test('the caller’s own directory is not written to', async () => {
    mkdirSync(ours.path('root'), { recursive: true });
    await ours.must('create', '--name', 'tree', busybox, 'true');
    await ours.must('cp', 'tree:/', ours.path('root'));
    await ours.must('rm', 'tree');
    const named = await ours.must(
      'run',
      '--rm',
      '--user',
      '44',
      '--rootfs',
      ours.path('root'),
      'grep',
      '-c',
      '^44:',
      '/etc/passwd',
    );
    expect(named).toBe('1');
    const later = await ours.tspod(['run', '--rm', '--rootfs', ours.path('root'), 'grep', '-c', '^44:', '/etc/passwd']);
    expect(later.stdout).toBe('0\n');
  });
});

function facts(stdout: string): string[] {
  return stdout.split('\n').filter((line) => !allowed.some((difference) => difference.line.test(line)));
}

/** Its last line without the id of a container, and without the hint that tspod adds. */
function complaint(stderr: string): string {
  const line = stderr.split('\n').find((text) => text.startsWith('Error: ')) ?? stderr;
  return line.replace(/[0-9a-f]{64}/, '<id>');
}
