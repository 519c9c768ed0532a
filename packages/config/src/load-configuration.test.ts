import { InvalidArgumentError } from '@tspod/core';
import { describe, expect, it } from 'vitest';
import type { Configuration } from './configuration.ts';
import type { FileAccess } from './file-access.ts';
import { loadConfiguration } from './load-configuration.ts';

type Contents = Readonly<Record<string, string>>;

function fakeFiles(contents: Contents): FileAccess {
  return {
    read: (path) => contents[path],
    list: (directory) =>
      Object.keys(contents)
        .filter((path) => path.startsWith(`${directory}/`))
        .map((path) => path.slice(directory.length + 1))
        .filter((name) => !name.includes('/'))
        .reverse(),
    exists: (path) => path in contents,
  };
}

interface Request {
  readonly env?: Readonly<Record<string, string>>;
  readonly uid?: number;
}

function load(contents: Contents, { env = {}, uid = 0 }: Request = {}): Configuration {
  return loadConfiguration({ env: { HOME: '/home/me', ...env }, uid, files: fakeFiles(contents) });
}

function failure(contents: Contents, request?: Request): InvalidArgumentError {
  try {
    load(contents, request);
  } catch (error) {
    if (error instanceof InvalidArgumentError) return error;
    throw error;
  }
  throw new Error('the configuration was accepted');
}

const timeout = (seconds: number) => `[engine]\nstop_timeout = ${seconds}\n`;
const vendor = '/usr/share/containers/containers.conf';
const system = '/etc/containers/containers.conf';
const user = '/home/me/.config/containers/containers.conf';

describe('without any file', () => {
  const configuration = load({});

  it('gives the defaults of podman', () => {
    expect(configuration.engine).toMatchObject({
      stopTimeout: 10,
      detachKeys: 'ctrl-p,ctrl-q',
      noPivotRoot: false,
      runtime: undefined,
    });
    expect(configuration.engine.runtimes.crun?.[0]).toBe('/usr/bin/crun');
    expect(configuration.containers).toMatchObject({ shmSize: 65_536_000, pidsLimit: 2048, umask: '0022', label: true });
    expect(configuration.storage).toEqual({
      driver: undefined,
      graphRoot: '/var/lib/containers/storage',
      runRoot: '/run/containers/storage',
      options: [],
    });
    expect(configuration.registries).toMatchObject({
      searchRegistries: [],
      aliases: {},
      shortNameMode: 'permissive',
      insecure: [],
    });
    expect(configuration.defaults).toEqual({ storage: undefined, runtime: undefined, monitor: undefined });
  });

  it('reads none and knows no origins', () => {
    expect(configuration.files).toEqual([]);
    expect(configuration.origins.size).toBe(0);
  });
});

describe('each key of containers.conf', () => {
  it.each<[key: string, text: string, place: (configuration: Configuration) => unknown, value: unknown]>([
    ['containers.annotations', '["a=b"]', ({ containers }) => containers.annotations, { a: 'b' }],
    ['containers.apparmor_profile', '"own"', ({ containers }) => containers.apparmorProfile, 'own'],
    ['containers.base_hosts_file', '"/own"', ({ containers }) => containers.baseHostsFile, '/own'],
    ['containers.base_hosts_file', '"image"', ({ containers }) => containers.baseHostsFile, 'image'],
    ['containers.cgroups', '"no-conmon"', ({ containers }) => containers.cgroups, 'no-conmon'],
    ['containers.cgroupns', '"host"', ({ containers }) => containers.namespaces.cgroup, 'host'],
    ['containers.default_capabilities', '["KILL"]', ({ containers }) => containers.capabilities, ['KILL']],
    ['containers.default_sysctls', '["a.b=1"]', ({ containers }) => containers.sysctls, { 'a.b': '1' }],
    ['containers.default_ulimits', '["core=1"]', ({ containers }) => containers.ulimits, ['core=1']],
    ['containers.devices', '["/dev/null"]', ({ containers }) => containers.devices, ['/dev/null']],
    ['containers.dns_options', '["rotate"]', ({ containers }) => containers.dnsOptions, ['rotate']],
    ['containers.dns_searches', '["here"]', ({ containers }) => containers.dnsSearches, ['here']],
    ['containers.dns_servers', '["192.0.2.1"]', ({ containers }) => containers.dnsServers, ['192.0.2.1']],
    ['containers.env', '["A=b"]', ({ containers }) => containers.environment, ['A=b']],
    ['containers.env_host', 'true', ({ containers }) => containers.hostEnvironment, true],
    ['containers.host_containers_internal_ip', '"192.0.2.1"', ({ containers }) => containers.hostAddress, '192.0.2.1'],
    ['containers.http_proxy', 'false', ({ containers }) => containers.proxyEnvironment, false],
    ['containers.init', 'true', ({ containers }) => containers.init, true],
    ['containers.init_path', '"/init"', ({ containers }) => containers.initPath, '/init'],
    ['containers.ipcns', '"none"', ({ containers }) => containers.namespaces.ipc, 'none'],
    ['containers.label', 'false', ({ containers }) => containers.label, false],
    ['containers.log_driver', '"none"', ({ containers }) => containers.logDriver, 'none'],
    ['containers.log_size_max', '70000', ({ containers }) => containers.logSizeMax, 70_000],
    ['containers.log_tag', '"tag"', ({ containers }) => containers.logTag, 'tag'],
    ['containers.netns', '"host"', ({ containers }) => containers.networkNamespace, 'host'],
    ['containers.no_hosts', 'true', ({ containers }) => containers.noHosts, true],
    ['containers.pidns', '"host"', ({ containers }) => containers.namespaces.pid, 'host'],
    ['containers.pids_limit', '7', ({ containers }) => containers.pidsLimit, 7],
    ['containers.seccomp_profile', '"unconfined"', ({ containers }) => containers.seccompProfile, 'unconfined'],
    ['containers.shm_size', '"1m"', ({ containers }) => containers.shmSize, 1_000_000],
    ['containers.tz', '"UTC"', ({ containers }) => containers.timezone, 'UTC'],
    ['containers.umask', '"0027"', ({ containers }) => containers.umask, '0027'],
    ['containers.utsns', '"host"', ({ containers }) => containers.namespaces.uts, 'host'],
    ['containers.volumes', '["/a:/b"]', ({ containers }) => containers.volumes, ['/a:/b']],
    ['network.default_network', '"own"', ({ network }) => network.defaultNetwork, 'own'],
    ['network.default_subnet', '"10.1.0.0/24"', ({ network }) => network.defaultSubnet, '10.1.0.0/24'],
    [
      'network.default_subnet_pools',
      '[{base = "10.2.0.0/16", size = 25}]',
      ({ network }) => network.subnetPools,
      [{ base: '10.2.0.0/16', size: 25 }],
    ],
    ['network.network_config_dir', '"/own"', ({ network }) => network.configDirectory, '/own'],
    ['network.dns_bind_port', '5353', ({ network }) => network.dnsPort, 5353],
    ['engine.cgroup_manager', '"cgroupfs"', ({ engine }) => engine.cgroupManager, 'cgroupfs'],
    ['engine.conmon_env_vars', '["A=b"]', ({ engine }) => engine.conmonEnvironment, ['A=b']],
    ['engine.conmon_path', '["/c"]', ({ engine }) => engine.conmonPaths, ['/c']],
    ['engine.detach_keys', '"ctrl-a"', ({ engine }) => engine.detachKeys, 'ctrl-a'],
    ['engine.helper_binaries_dir', '["/h"]', ({ engine }) => engine.helperBinariesDirectories, ['/h']],
    ['engine.hooks_dir', '["/k"]', ({ engine }) => engine.hooksDirectories, ['/k']],
    ['engine.network_cmd_options', '["mtu=1"]', ({ engine }) => engine.networkCommandOptions, ['mtu=1']],
    ['engine.network_cmd_path', '"/s"', ({ engine }) => engine.networkCommand, '/s'],
    ['engine.no_pivot_root', 'true', ({ engine }) => engine.noPivotRoot, true],
    ['engine.runtime', '"runc"', ({ engine }) => engine.runtime, 'runc'],
    ['engine.stop_timeout', '3', ({ engine }) => engine.stopTimeout, 3],
    ['engine.volume_path', '"/v"', ({ engine }) => engine.volumePath, '/v'],
  ])('%s = %s', (key, text, place, value) => {
    const [table = '', name = ''] = key.split('.');
    expect(place(load({}))).not.toEqual(value);
    expect(place(load({ [system]: `[${table}]\n${name} = ${text}\n` }))).toEqual(value);
  });

  it.each(['cgroups = "some"', 'cgroupns = "own"', 'ipcns = "own"', 'pidns = "x"', 'utsns = "x"', 'base_hosts_file = "here"'])(
    'refuses %s, with the file',
    (line) => {
      const error = failure({ [system]: `[containers]\n${line}\n` });
      expect(`${error.message} ${error.hint}`).toContain(system);
    },
  );
});

describe('containers.conf', () => {
  it('is read from the weakest to the strongest place, drop-ins by name', () => {
    const files = {
      [vendor]: timeout(1),
      '/usr/share/containers/containers.conf.d/a.conf': timeout(2),
      '/usr/share/containers/containers.rootful.conf.d/a.conf': timeout(3),
      [system]: timeout(4),
      '/etc/containers/containers.conf.d/10.conf': timeout(5),
      '/etc/containers/containers.conf.d/20.conf': timeout(6),
      '/etc/containers/containers.conf.d/ignored': timeout(99),
      '/etc/containers/containers.rootful.conf.d/a.conf': timeout(7),
    };
    const paths = Object.keys(files).filter((path) => !path.endsWith('ignored'));
    expect(load(files).files).toEqual(paths);
    for (const [index] of paths.entries()) {
      const some = Object.fromEntries(Object.entries(files).filter(([path]) => paths.indexOf(path) <= index));
      const { engine, origins } = load(some);
      expect(engine.stopTimeout).toBe(index + 1);
      expect(origins.get('engine.stop_timeout')).toBe(paths[index]);
    }
  });

  it("is not read from root's home, and from that of others last", () => {
    const files = { [system]: timeout(1), [user]: timeout(2), '/xdg/containers/containers.conf.d/x.conf': timeout(3) };
    expect(load(files).engine.stopTimeout).toBe(1);
    expect(load(files, { uid: 1000 }).engine.stopTimeout).toBe(2);
    expect(load(files, { uid: 1000, env: { XDG_CONFIG_HOME: '/xdg' } }).engine.stopTimeout).toBe(3);
  });

  it('has drop-ins for everybody but root, and for one user', () => {
    const files = {
      '/etc/containers/containers.rootless.conf.d/a.conf': timeout(1),
      '/etc/containers/containers.rootless.conf.d/1000/a.conf': timeout(2),
    };
    expect(load(files).engine.stopTimeout).toBe(10);
    expect(load(files, { uid: 1001 }).engine.stopTimeout).toBe(1);
    expect(load(files, { uid: 1000 }).engine.stopTimeout).toBe(2);
  });

  it('is replaced by CONTAINERS_CONF and overridden by CONTAINERS_CONF_OVERRIDE', () => {
    const files = { [vendor]: '[containers]\ntz = "local"', '/only': timeout(5), '/last': timeout(6) };
    const only = load(files, { env: { CONTAINERS_CONF: '/only' } });
    expect([only.engine.stopTimeout, only.containers.timezone]).toEqual([5, undefined]);
    expect(load(files, { env: { CONTAINERS_CONF: '/only', CONTAINERS_CONF_OVERRIDE: '/last' } }).engine.stopTimeout).toBe(6);
    const last = load(files, { env: { CONTAINERS_CONF_OVERRIDE: '/last' } });
    expect([last.engine.stopTimeout, last.containers.timezone]).toEqual([6, 'local']);
    expect(failure(files, { env: { CONTAINERS_CONF: '/gone' } }).message).toBe(
      '/gone: there is no such file, but CONTAINERS_CONF names it',
    );
  });

  it('gives every value', () => {
    const { engine, containers } = load({
      [system]: `
[engine]
runtime = "mine"
conmon_path = ["/c"]
conmon_env_vars = ["A=1"]
cgroup_manager = "cgroupfs"
stop_timeout = 0
detach_keys = ""
no_pivot_root = true
hooks_dir = ["/hooks"]
cdi_spec_dirs = ["/cdi"]
network_cmd_path = "/slirp"
network_cmd_options = ["mtu=1500"]
helper_binaries_dir = ["/h"]
an_unknown_key = 1
[engine.runtimes]
mine = ["/opt/mine"]
[containers]
default_capabilities = ["CAP_CHOWN"]
default_sysctls = ["net.ipv4.ping_group_range=0 0"]
default_ulimits = ["nofile=1:2"]
env = ["A=b=c"]
env_host = true
http_proxy = false
annotations = ["run.oci/x=y=z"]
log_driver = "json-file"
log_size_max = 8192
pids_limit = -1
seccomp_profile = "unconfined"
apparmor_profile = "mine"
shm_size = "1g"
tz = "Europe/Berlin"
umask = "077"
init = true
init_path = "/init"
label = false
cgroups = "disabled"
cgroupns = "host"
ipcns = "private"
netns = "none"
[an_unknown_table]
x = 1
`,
    });
    expect(engine).toEqual({
      runtime: 'mine',
      runtimes: expect.objectContaining({ mine: ['/opt/mine'], runc: expect.arrayContaining(['/usr/bin/runc']) }),
      conmonPaths: ['/c'],
      conmonEnvironment: ['A=1'],
      cgroupManager: 'cgroupfs',
      stopTimeout: 0,
      detachKeys: '',
      noPivotRoot: true,
      hooksDirectories: ['/hooks'],
      cdiDirectories: ['/cdi'],
      networkCommand: '/slirp',
      networkCommandOptions: ['mtu=1500'],
      helperBinariesDirectories: ['/h'],
    });
    expect(containers).toEqual({
      capabilities: ['CAP_CHOWN'],
      sysctls: { 'net.ipv4.ping_group_range': '0 0' },
      ulimits: ['nofile=1:2'],
      environment: ['A=b=c'],
      hostEnvironment: true,
      proxyEnvironment: false,
      annotations: { 'run.oci/x': 'y=z' },
      logDriver: 'json-file',
      logSizeMax: 8192,
      pidsLimit: 0,
      seccompProfile: 'unconfined',
      apparmorProfile: 'mine',
      shmSize: 1_000_000_000,
      timezone: 'Europe/Berlin',
      umask: '077',
      init: true,
      initPath: '/init',
      label: false,
      cgroups: 'disabled',
      namespaces: { cgroup: 'host', ipc: 'private', pid: undefined, uts: undefined },
      devices: [],
      volumes: [],
      noHosts: false,
      baseHostsFile: undefined,
      hostAddress: undefined,
      logTag: undefined,
      networkNamespace: 'none',
      dnsServers: [],
      dnsSearches: [],
      dnsOptions: [],
    });
  });

  it("prefers the machine's own seccomp profile to the distribution's", () => {
    const own = '/etc/containers/seccomp.json';
    expect(load({}).containers.seccompProfile).toBe('/usr/share/containers/seccomp.json');
    expect(load({ [own]: '{}' }).containers.seccompProfile).toBe(own);
  });

  it('takes the init program from either table', () => {
    expect(load({ [system]: '[engine]\ninit_path = "/e"' }).containers.initPath).toBe('/e');
    expect(load({ [system]: '[engine]\ninit_path = "/e"\n[containers]\ninit_path = "/c"' }).containers.initPath).toBe('/c');
  });

  it('replaces lists, or appends to them from where that is asked for', () => {
    const env = (...lists: string[]) =>
      load(
        Object.fromEntries(
          lists.map((list, index) => [`/etc/containers/containers.conf.d/${index}.conf`, `[containers]\nenv = ${list}`]),
        ),
      ).containers.environment;
    expect(env('["A=1"]', '["B=2"]')).toEqual(['B=2']);
    expect(env('["A=1"]', '["B=2", {append=true}]')).toEqual(['A=1', 'B=2']);
    expect(env('["A=1"]', '["B=2", {append=true}]', '["C=3"]')).toEqual(['A=1', 'B=2', 'C=3']);
    expect(env('["A=1"]', '["B=2", {append=true}]', '["C=3", {append=false}]', '["D=4"]')).toEqual(['D=4']);
    expect(env('["A=1", {append=true}]').at(-1)).toBe('A=1');
    expect(env('["A=1", {append=true}]')).toHaveLength(3);
    expect(env('[]')).toEqual([]);
  });

  it('replaces one runtime and keeps the others', () => {
    const { runtimes } = load({
      [vendor]: '[engine.runtimes]\ncrun = ["/v"]\na = ["/a"]',
      [system]: '[engine.runtimes]\ncrun = ["/s"]',
    }).engine;
    expect(runtimes).toMatchObject({ crun: ['/s'], a: ['/a'] });
    expect(runtimes.runc?.length).toBeGreaterThan(1);
  });
});

describe('storage.conf', () => {
  const content = `
[storage]
driver = "overlay"
graphroot = "/g"
runroot = "/r"
[storage.options]
additionalimagestores = ["/i", "/j"]
size = "ignored, the driver has its own"
mount_program = "/usr/bin/fuse-overlayfs"
[storage.options.overlay]
mountopt = "nodev,metacopy=on"
ignore_chown_errors = "true"
size = "1g"
[storage.options.vfs]
ignore_chown_errors = "false"
`;

  it('becomes what --storage-opt takes', () => {
    expect(load({ '/etc/containers/storage.conf': content }).storage).toEqual({
      driver: 'overlay',
      graphRoot: '/g',
      runRoot: '/r',
      options: [
        'overlay.imagestore=/i',
        'overlay.imagestore=/j',
        'overlay.ignore_chown_errors=true',
        'overlay.mount_program=/usr/bin/fuse-overlayfs',
        'overlay.mountopt=nodev,metacopy=on',
        'overlay.size=1g',
      ],
    });
  });

  it("is the machine's or else the distribution's, never both, and drop-ins add to it", () => {
    const files = {
      '/usr/share/containers/storage.conf': content,
      '/etc/containers/storage.conf': '[storage]\nrunroot = "/only"',
    };
    expect(load(files).storage).toMatchObject({ driver: undefined, graphRoot: '/var/lib/containers/storage', runRoot: '/only' });
    const { storage, origins } = load({
      ...files,
      '/etc/containers/storage.rootful.conf.d/x.conf': '[storage]\ngraphroot = "/dropped"',
    });
    expect(storage).toMatchObject({ graphRoot: '/dropped', runRoot: '/only' });
    expect(origins.get('storage.graphroot')).toBe('/etc/containers/storage.rootful.conf.d/x.conf');
  });

  it('is replaced by CONTAINERS_STORAGE_CONF', () => {
    const files = { '/etc/containers/storage.conf.d/x.conf': content, '/only': '[storage]\ndriver = "vfs"' };
    expect(load(files, { env: { CONTAINERS_STORAGE_CONF: '/only' } }).storage).toMatchObject({ driver: 'vfs', options: [] });
    expect(failure({}, { env: { CONTAINERS_STORAGE_CONF: '/gone' } }).message).toContain('CONTAINERS_STORAGE_CONF');
  });

  it('yields to STORAGE_DRIVER and STORAGE_OPTS', () => {
    const files = { '/etc/containers/storage.conf': content };
    const vfs = load(files, { env: { STORAGE_DRIVER: 'vfs' } });
    expect(vfs.storage.driver).toBe('vfs');
    expect(vfs.storage.options).toContain('vfs.ignore_chown_errors=false');
    expect(vfs.origins.get('storage.driver')).toBe('STORAGE_DRIVER');
    const replaced = load(files, { env: { STORAGE_OPTS: 'overlay.mountopt=noexec,overlay.size=2g' } });
    expect(replaced.storage.options).toEqual(['overlay.mountopt=noexec', 'overlay.size=2g']);
    expect(load(files, { env: { STORAGE_OPTS: '' } }).storage.options).toEqual([]);
  });

  it('has other places and defaults without root', () => {
    const files = { '/etc/containers/storage.conf': content };
    expect(load(files, { uid: 1000 }).storage).toMatchObject({
      graphRoot: '/home/me/.local/share/containers/storage',
      runRoot: '/run/user/1000/containers',
    });
    const env = { XDG_DATA_HOME: '/data', XDG_RUNTIME_DIR: '/rt' };
    expect(load(files, { uid: 1000, env }).storage).toMatchObject({
      graphRoot: '/data/containers/storage',
      runRoot: '/rt/containers',
    });
  });
});

describe('registries.conf', () => {
  const search = (registry: string) => `unqualified-search-registries = ["${registry}"]\n`;

  it("is the user's or else the machine's, and drop-ins add to it", () => {
    const files: Contents = {
      '/etc/containers/registries.conf': `short-name-mode = "enforcing"\n${search('a')}[aliases]\nx = "a/x"\ny = "a/y"`,
      '/etc/containers/registries.conf.d/1.conf': '[aliases]\nx = "b/x"\ny = ""\nz = "b/z"',
    };
    expect(load(files).registries).toMatchObject({
      searchRegistries: ['a'],
      aliases: { x: 'b/x', z: 'b/z' },
      shortNameMode: 'enforcing',
      sources: {
        searchRegistries: '/etc/containers/registries.conf',
        aliases: { x: '/etc/containers/registries.conf.d/1.conf', z: '/etc/containers/registries.conf.d/1.conf' },
      },
    });
    const own = { ...files, '/home/me/.config/containers/registries.conf': search('own') };
    expect(load(own).registries).toMatchObject({
      searchRegistries: ['own'],
      aliases: { x: 'b/x', z: 'b/z' },
      shortNameMode: 'permissive',
    });
    expect(
      load({ ...own, '/home/me/.config/containers/registries.conf.d/x.conf': search('b') }).registries.searchRegistries,
    ).toEqual(['b']);
  });

  it('names the registries that may be insecure', () => {
    const registry = (name: string, more = '') => `[[registry]]\nlocation = "${name}"\n${more}\n`;
    const files: Contents = {
      '/etc/containers/registries.conf':
        registry('a:5000', 'insecure = true') + registry('b') + registry('c', 'insecure = false'),
      '/etc/containers/registries.conf.d/1.conf': registry('real', 'prefix = "shown"\ninsecure = true'),
    };
    expect(load(files).registries.insecure).toEqual(['a:5000', 'real', 'shown']);
    expect(() => load({ '/etc/containers/registries.conf': 'registry = "x"' }).registries).toThrow('must be a list of tables');
  });

  it('is replaced by CONTAINERS_REGISTRIES_CONF, which leaves drop-ins in force', () => {
    const files = { '/etc/containers/registries.conf': search('a'), '/only': search('only') };
    const env = { CONTAINERS_REGISTRIES_CONF: '/only' };
    expect(load(files, { env }).registries.searchRegistries).toEqual(['only']);
    expect(
      load({ ...files, '/etc/containers/registries.conf.d/x.conf': search('b') }, { env }).registries.searchRegistries,
    ).toEqual(['b']);
  });

  it('is read only by those who need it', () => {
    const read: string[] = [];
    const files = {
      ...fakeFiles({}),
      read(path: string) {
        read.push(path);
        return path === '/etc/containers/registries.conf' ? 'not TOML' : undefined;
      },
    };
    const configuration = loadConfiguration({ env: { HOME: '/home/me' }, uid: 0, files });
    expect(read.some((path) => path.includes('registries'))).toBe(false);
    for (const key of ['registries', 'files', 'origins'] as const) expect(() => configuration[key]).toThrow(InvalidArgumentError);
  });

  it('knows the answers that podman remembered', () => {
    const answers = { '/var/cache/containers/short-name-aliases.conf': '[aliases]\nx = "chosen/x"' };
    expect(load(answers).registries.aliases).toEqual({ x: 'chosen/x' });
    expect(load(answers, { uid: 1000 }).registries.aliases).toEqual({});
  });
});

describe('tspod.conf', () => {
  it('names the default backends', () => {
    const { defaults, origins } = load({
      '/etc/tspod/tspod.conf': '[defaults]\nstorage = "overlay"\nruntime = "runc"\nmonitor = "conmon"',
      '/etc/tspod/tspod.conf.d/x.conf': '[defaults]\nruntime = "crun"',
      '/home/me/.config/tspod/tspod.conf': '[defaults]\nstorage = "dir"',
    });
    expect(defaults).toEqual({ storage: 'dir', runtime: 'crun', monitor: 'conmon' });
    expect(origins.get('defaults.runtime')).toBe('/etc/tspod/tspod.conf.d/x.conf');
  });
});

it('reads texts of several lines with what looks like comments in them', () => {
  const path = '/etc/containers/containers.conf';
  expect(load({ [path]: '[containers]\ntz = """\n# not\n\na comment """\n' }).containers.timezone).toBe('# not\n\na comment ');
  expect(load({ [path]: '# one\n\n[containers]\n  # two\r\ntz = "#x" # three\n#four' }).containers.timezone).toBe('#x');
});

describe('a mistake is named with its place and what was expected:', () => {
  it.each([
    ['[engine', /line 1, column \d+: not valid TOML/],
    ['[engine]\nstop_timeout =\n', /line 2, column \d+: not valid TOML/],
    ['# comments\n\n  # count\n[engine]\nstop_timeout =\n', /line 5, column \d+: not valid TOML/],
    ['[engine]\nstop_timeout = "ten"', 'engine.stop_timeout must be a whole number, not "ten"'],
    ['[engine]\nstop_timeout = 1.5', 'engine.stop_timeout must be a whole number, not 1.5'],
    ['[engine]\nstop_timeout = -1', 'engine.stop_timeout must be zero or more, not -1'],
    ['[engine]\ncgroup_manager = "mine"', 'engine.cgroup_manager must be one of cgroupfs, systemd, not "mine"'],
    ['[engine]\nno_pivot_root = "yes"', 'engine.no_pivot_root must be true or false, not "yes"'],
    ['[engine]\nruntime = ["crun"]', 'engine.runtime must be a text, not a list'],
    ['[engine]\nruntimes = "crun"', 'engine.runtimes must be a table, not "crun"'],
    ['[engine.runtimes]\ncrun = "/usr/bin/crun"', 'engine.runtimes.crun must be a list of texts, not "/usr/bin/crun"'],
    ['engine = 1', 'engine must be a table, not 1'],
    ['[containers]\nenv = "A=1"', 'containers.env must be a list of texts, not "A=1"'],
    ['[containers]\nenv = ["A=1", 2]', 'containers.env must be a list of texts, not 2'],
    ['[containers]\nenv = [{append="yes"}]', 'containers.env must be a list of texts, not a table'],
    ['[containers]\ndefault_sysctls = ["no-value"]', 'containers.default_sysctls must be a list of name=value, not a list'],
    ['[containers]\nshm_size = "many"', 'containers.shm_size must be a size above zero, like 64m, not "many"'],
    ['[containers]\numask = "999"', 'containers.umask must be one to four octal digits, not "999"'],
    ['[containers]\nlog_driver = "paper"', /containers.log_driver must be one of k8s-file, .*, not "paper"/],
  ])('%j', (content, message) => {
    const error = failure({ [system]: content });
    expect(error.code).toBe('invalid-configuration');
    expect(error.message.startsWith(`${system}: `)).toBe(true);
    expect(error.message.slice(system.length + 2)).toMatch(message);
  });

  it('in storage.conf too', () => {
    const path = '/etc/containers/storage.conf';
    expect(failure({ [path]: '[storage]\ndriver = 7' }).message).toBe(`${path}: storage.driver must be a text, not 7`);
    expect(failure({ [path]: '[storage]\ngraphroot = "here"' }).message).toBe(
      `${path}: storage.graphroot must be an absolute path, not "here"`,
    );
  });
});
