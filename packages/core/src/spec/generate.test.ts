import { describe, expect, test } from 'vitest';
import type { Spec } from '../oci/spec.ts';
import { finaliseSpec, generateSpec, type RunFacts, type SpecRequest } from './generate.ts';

// What is expected here was read from the config.json that podman 4.3.1 wrote for the same request.

const id = 'c0ffee'.padEnd(64, '0');
const request: SpecRequest = {
  id,
  hostname: 'c0ffee000000',
  command: ['/bin/sleep', '100'],
  environment: new Map([
    ['PATH', '/bin'],
    ['TERM', 'xterm'],
    ['container', 'podman'],
  ]),
  workingDirectory: '/',
  terminal: false,
  readOnly: false,
  privileged: false,
  capabilities: { defaults: ['CHOWN'], add: [], drop: [] },
  network: 'none',
  userMounts: [],
  annotations: {},
  seccomp: {
    defaultAction: 'SCMP_ACT_ERRNO',
    syscalls: [{ names: ['bpf'], action: 'SCMP_ACT_ALLOW', includes: { caps: ['CAP_SYS_ADMIN'] } }],
  },
  cgroupsPath: `/libpod_parent/libpod-${id}`,
  sysctls: { 'net.ipv4.ping_group_range': '0 0' },
  ulimits: ['nofile=1024:2048'],
  resources: { pids: { limit: 2048 } },
  umask: '0022',
  shmSize: 65_536_000,
  autoRemove: false,
  stopSignal: 15,
  createdAt: '2026-11-23T20:00:00.000Z',
  host: {
    cgroupVersion: 1,
    architecture: 'amd64',
    kernel: '6.1.0',
    boundingCapabilities: ['CAP_CHOWN', 'CAP_SYS_ADMIN'],
    devices: [{ path: '/dev/fuse', type: 'c', major: 10, minor: 229, fileMode: 0o20600, uid: 0, gid: 0 }],
  },
};
const facts: RunFacts = {
  rootPath: '/graph/merged',
  user: { uid: 0, gid: 0, additionalGids: [], home: '/root' },
  capAdd: [],
  runFiles: {
    resolvConf: '/run/c/resolv.conf',
    hosts: '/run/c/hosts',
    hostname: '/run/c/hostname',
    containerEnv: '/run/c/.containerenv',
  },
  hostname: 'c0ffee000000',
  limits: new Map([['RLIMIT_NPROC', { soft: 100, hard: 4096 }]]),
};
const made = (change: Partial<SpecRequest> = {}) => generateSpec({ ...request, ...change });
const final = (change: Partial<SpecRequest> = {}, run: Partial<RunFacts> = {}) =>
  finaliseSpec(made(change), { ...facts, ...run });
const mountAt = (spec: Spec, destination: string) => spec.mounts?.find((mount) => mount.destination === destination);
const destinations = (spec: Spec) => spec.mounts?.map(({ destination }) => destination);

describe('a plain container', () => {
  test('its process', () => {
    expect(final().process).toEqual({
      user: { uid: 0, gid: 0, umask: 0o22 },
      args: ['/bin/sleep', '100'],
      env: ['PATH=/bin', 'TERM=xterm', 'container=podman', 'HOME=/root', 'HOSTNAME=c0ffee000000'],
      cwd: '/',
      capabilities: { bounding: ['CAP_CHOWN'], effective: ['CAP_CHOWN'], permitted: ['CAP_CHOWN'] },
      rlimits: [
        { type: 'RLIMIT_NOFILE', soft: 1024, hard: 2048 },
        { type: 'RLIMIT_NPROC', soft: 4096, hard: 4096 },
      ],
    });
  });

  test('its mounts, parents first', () => {
    expect(destinations(final())).toEqual([
      '/proc',
      '/dev',
      '/sys',
      '/dev/pts',
      '/dev/shm',
      '/dev/mqueue',
      '/etc/resolv.conf',
      '/etc/hosts',
      '/etc/hostname',
      '/run/.containerenv',
      '/sys/fs/cgroup',
    ]);
    expect(mountAt(final(), '/sys')?.options).toEqual(['nosuid', 'noexec', 'nodev', 'ro']);
    expect(mountAt(final(), '/sys/fs/cgroup')?.options).toEqual(['rprivate', 'nosuid', 'noexec', 'nodev', 'relatime', 'ro']);
    expect(mountAt(final(), '/dev/shm')?.options).toContain('size=65536000');
    expect(mountAt(final(), '/etc/hosts')).toEqual({
      destination: '/etc/hosts',
      type: 'bind',
      source: '/run/c/hosts',
      options: ['bind', 'rprivate'],
    });
  });

  test('its annotations', () => {
    expect(made().annotations).toEqual({
      'io.container.manager': 'libpod',
      'io.kubernetes.cri-o.Created': '2026-11-23T20:00:00.000Z',
      'io.kubernetes.cri-o.TTY': 'false',
      'io.podman.annotations.autoremove': 'FALSE',
      'io.podman.annotations.init': 'FALSE',
      'io.podman.annotations.privileged': 'FALSE',
      'io.podman.annotations.publish-all': 'FALSE',
      'org.opencontainers.image.stopSignal': '15',
    });
  });

  test('the rest', () => {
    const { linux, root, hostname, ociVersion } = final();
    expect({ root, hostname, ociVersion }).toEqual({
      root: { path: '/graph/merged' },
      hostname: 'c0ffee000000',
      ociVersion: '1.0.2-dev',
    });
    expect(linux).toEqual({
      sysctl: { 'net.ipv4.ping_group_range': '0 0' },
      resources: { devices: [{ allow: false, access: 'rwm' }], pids: { limit: 2048 } },
      cgroupsPath: `/libpod_parent/libpod-${id}`,
      namespaces: [{ type: 'pid' }, { type: 'network' }, { type: 'ipc' }, { type: 'uts' }, { type: 'mount' }],
      seccomp: { defaultAction: 'SCMP_ACT_ERRNO', syscalls: [] },
      maskedPaths: expect.arrayContaining(['/proc/kcore', '/sys/firmware']),
      readonlyPaths: ['/proc/asound', '/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'],
    });
  });
});

test('finalising leaves the spec as it was', () => {
  const spec = made();
  const before = structuredClone(spec);
  finaliseSpec(spec, facts);
  expect(spec).toEqual(before);
});

test('a privileged container has the machine’s devices and no restrictions', () => {
  const spec = final({ privileged: true, seccomp: undefined });
  expect(spec.linux?.devices).toEqual(request.host.devices);
  expect(spec.linux?.resources?.devices).toEqual([{ allow: true, access: 'rwm' }]);
  expect(spec.linux).not.toHaveProperty('seccomp');
  expect(spec.linux).not.toHaveProperty('maskedPaths');
  expect(spec.linux).not.toHaveProperty('readonlyPaths');
  expect(spec.process?.capabilities?.effective).toEqual(['CAP_CHOWN', 'CAP_SYS_ADMIN']);
  expect(mountAt(spec, '/sys')?.options).toEqual(['rprivate', 'nosuid', 'noexec', 'nodev', 'rw']);
  expect(mountAt(spec, '/sys/fs/cgroup')?.options).toContain('rw');
  expect(spec.annotations?.['io.podman.annotations.privileged']).toBe('TRUE');
});

test('granted capabilities open what the seccomp profile ties to them', () => {
  const added = { capabilities: { ...request.capabilities, add: ['sys_admin'] } };
  expect(made(added).linux?.seccomp?.syscalls).toEqual([{ names: ['bpf'], action: 'SCMP_ACT_ALLOW' }]);
  expect(made({ seccomp: undefined }).linux).not.toHaveProperty('seccomp');
});

describe('read-only', () => {
  test('has writable directories, one of which hides .containerenv, and read-only files', () => {
    const spec = final({ readOnly: true });
    expect(spec.root).toEqual({ path: '/graph/merged', readonly: true });
    expect(mountAt(spec, '/var/tmp')?.options).toEqual(['rw', 'rprivate', 'nosuid', 'nodev', 'tmpcopyup']);
    expect(mountAt(spec, '/etc/hosts')?.options).toEqual(['bind', 'rprivate', 'ro', 'nosuid', 'noexec', 'nodev']);
    expect(mountAt(spec, '/run/.containerenv')).toBeUndefined();
  });

  test('without them', () => {
    const spec = final({ readOnly: true, readOnlyTmpfs: false });
    expect(destinations(spec)).not.toContain('/tmp');
    expect(mountAt(spec, '/run/.containerenv')?.options).toContain('ro');
  });
});

test('the host’s network takes away the namespace and its sysctls', () => {
  const spec = made({ network: 'host' });
  expect(spec.linux?.namespaces?.map(({ type }) => type)).toEqual(['pid', 'ipc', 'uts', 'mount']);
  expect(spec.linux).not.toHaveProperty('sysctl');
});

test('cgroup v2 has a namespace of its own', () => {
  expect(made({ host: { ...request.host, cgroupVersion: 2 } }).linux?.namespaces?.at(-1)).toEqual({ type: 'cgroup' });
});

test('an init runs the command', () => {
  const spec = made({ init: { path: '/usr/libexec/podman/catatonit' } });
  expect(spec.process?.args).toEqual(['/run/podman-init', '--', '/bin/sleep', '100']);
  expect(mountAt(spec, '/run/podman-init')).toMatchObject({
    source: '/usr/libexec/podman/catatonit',
    options: ['bind', 'ro', 'rprivate'],
  });
  expect(spec.annotations?.['io.podman.annotations.init']).toBe('TRUE');
});

test('a terminal, its size, no pids limit, own annotations', () => {
  const spec = made({
    terminal: true,
    consoleSize: { height: 24, width: 80 },
    resources: {},
    annotations: { a: 'b' },
    autoRemove: true,
  });
  expect(spec.process).toMatchObject({ terminal: true, consoleSize: { height: 24, width: 80 } });
  expect(spec.linux?.resources).not.toHaveProperty('pids');
  expect(spec.annotations).toMatchObject({
    a: 'b',
    'io.kubernetes.cri-o.TTY': 'true',
    'io.podman.annotations.autoremove': 'TRUE',
  });
});

describe('the user’s mounts', () => {
  const bind = (source: string, destination: string, ...options: string[]) => ({
    type: 'bind' as const,
    source,
    destination,
    options,
  });
  const tmpfs = (destination: string, ...options: string[]) => ({ type: 'tmpfs' as const, source: '', destination, options });

  test.each([
    [bind('/a', '/x'), ['rw', 'rprivate', 'rbind']],
    [bind('/a', '/x', 'ro'), ['ro', 'rprivate', 'rbind']],
    [bind('/a', '/x', 'rw', 'rslave', 'noexec', 'z'), ['rw', 'rslave', 'noexec', 'rbind']],
    [bind('/a', '/x', 'private', 'bind'), ['private', 'bind', 'rw']],
    [tmpfs('/x', 'size=1m', 'ro'), ['size=1m', 'ro']],
  ])('%j', (mount, options) => {
    expect(mountAt(made({ userMounts: [mount] }), '/x')?.options).toEqual(options);
  });

  test('replace the engine’s own, and /dev what is below it but /dev/shm', () => {
    const spec = final({ userMounts: [bind('/dev', '/dev/'), bind('/sys', '/sys'), bind('/h', '/etc/hosts'), tmpfs('/run')] });
    expect(destinations(spec)).toEqual([
      '/proc',
      '/dev',
      '/sys',
      '/run',
      '/dev/shm',
      '/etc/hosts',
      '/etc/resolv.conf',
      '/etc/hostname',
      '/sys/fs/cgroup',
    ]);
    expect(mountAt(spec, '/etc/hosts')?.source).toBe('/h');
  });

  test.each([
    [[bind('/a', '/x', 'slave'), bind('/b', '/y', 'shared')], 'shared'],
    [[bind('/a', '/x', 'rslave')], 'rslave'],
    [[bind('/a', '/x')], undefined],
  ])('decide the propagation of the root: %#', (userMounts, expected) => {
    expect(made({ userMounts }).linux?.rootfsPropagation).toBe(expected);
  });
});

describe('the user', () => {
  const user = { uid: 1000, gid: 1000, additionalGids: [1000, 29], home: '/home/web' };

  test('keeps the umask, has groups and home, and no capabilities', () => {
    const { process } = final({}, { user });
    expect(process?.user).toEqual({ uid: 1000, gid: 1000, umask: 0o22, additionalGids: [1000, 29] });
    expect(process?.env).toContain('HOME=/home/web');
    expect(process?.capabilities).toEqual({ bounding: ['CAP_CHOWN'] });
  });

  test('has those that were added', () => {
    const added = { capabilities: { ...request.capabilities, add: ['SYS_ADMIN'] } };
    expect(final(added, { user, capAdd: ['CAP_SYS_ADMIN'] }).process?.capabilities).toMatchObject({
      bounding: ['CAP_CHOWN', 'CAP_SYS_ADMIN'],
      effective: ['CAP_SYS_ADMIN'],
      ambient: ['CAP_SYS_ADMIN'],
    });
  });

  test('without an entry is at home where it works; a HOME or HOSTNAME that was asked for stays', () => {
    expect(final({ workingDirectory: '/srv' }, { user: { ...user, home: undefined } }).process?.env).toContain('HOME=/srv');
    const environment = new Map([
      ['HOME', '/mine'],
      ['HOSTNAME', 'other'],
    ]);
    expect(final({ environment }).process?.env).toEqual(['HOME=/mine', 'HOSTNAME=other']);
  });
});
