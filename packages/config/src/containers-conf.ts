import { isAbsolute, join } from 'node:path';
import { parseByteSize } from './byte-size.ts';
import type { ContainersConfiguration, EngineConfiguration } from './configuration.ts';
import type { FileAccess } from './file-access.ts';
import { type Layer, readLayers, readNamedLayer } from './layers.ts';
import { containersConfPaths, type Reader } from './search-paths.ts';
import type { SettingsReader } from './settings-reader.ts';

export function readContainersConf(reader: Reader): Layer[] {
  const { env, files } = reader;
  const { CONTAINERS_CONF: only, CONTAINERS_CONF_OVERRIDE: last } = env;
  return [
    ...(only ? [readNamedLayer('CONTAINERS_CONF', only, files)] : readLayers(containersConfPaths(reader), files)),
    ...(last ? [readNamedLayer('CONTAINERS_CONF_OVERRIDE', last, files)] : []),
  ];
}

const programDirectories = [
  '/usr/bin',
  '/usr/sbin',
  '/usr/local/bin',
  '/usr/local/sbin',
  '/sbin',
  '/bin',
  '/run/current-system/sw/bin',
];
const programPaths = (name: string) => programDirectories.map((directory) => join(directory, name));

const runtimePaths: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(['crun', 'runc', 'krun', 'runsc', 'youki'].map((name) => [name, programPaths(name)])),
  kata: ['kata-runtime', 'kata-qemu', 'kata-fc'].flatMap(programPaths),
};

const helperDirectories = ['/usr/local/libexec/podman', '/usr/local/lib/podman', '/usr/libexec/podman', '/usr/lib/podman'];

const hooksDirectories = ['/usr/share/containers/oci/hooks.d', '/etc/containers/oci/hooks.d'];
const cdiDirectories = ['/etc/cdi', '/var/run/cdi'];

export function engineConfiguration(settings: SettingsReader): EngineConfiguration {
  const conmonPaths = settings.texts('engine.conmon_path', []);
  return {
    runtime: settings.text('engine.runtime', undefined) || undefined,
    runtimes: { ...runtimePaths, ...settings.textsTable('engine.runtimes') },
    conmonPaths: conmonPaths.length > 0 ? conmonPaths : undefined,
    conmonEnvironment: settings.texts('engine.conmon_env_vars', []),
    cgroupManager: settings.choice('engine.cgroup_manager', ['cgroupfs', 'systemd']),
    stopTimeout: notNegative(settings, 'engine.stop_timeout', 10),
    detachKeys: settings.text('engine.detach_keys', 'ctrl-p,ctrl-q'),
    noPivotRoot: settings.flag('engine.no_pivot_root', false),
    hooksDirectories: settings.texts('engine.hooks_dir', hooksDirectories),
    cdiDirectories: settings.texts('engine.cdi_spec_dirs', cdiDirectories),
    volumePath: settings.text('engine.volume_path', undefined) || undefined,
    networkCommand: settings.text('engine.network_cmd_path', undefined) || undefined,
    networkCommandOptions: settings.texts('engine.network_cmd_options', []),
    helperBinariesDirectories: settings.texts('engine.helper_binaries_dir', helperDirectories),
  };
}

/** As the containers.conf of Debian and Fedora has them; podman 4.3 without any file adds AUDIT_WRITE, MKNOD and NET_RAW, newer ones do not. */
const capabilities = [
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'NET_BIND_SERVICE',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
];

const environment = ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'TERM=xterm'];

export function containersConfiguration(settings: SettingsReader, files: FileAccess): ContainersConfiguration {
  const optional = (key: string) => settings.text(key, undefined) || undefined;
  const logSizeMax = settings.wholeNumber('containers.log_size_max', -1);
  return {
    capabilities: settings.texts('containers.default_capabilities', capabilities),
    sysctls: settings.pairs('containers.default_sysctls', {}),
    ulimits: settings.texts('containers.default_ulimits', []),
    environment: settings.texts('containers.env', environment),
    hostEnvironment: settings.flag('containers.env_host', false),
    proxyEnvironment: settings.flag('containers.http_proxy', true),
    annotations: settings.pairs('containers.annotations', {}),
    logDriver: settings.choice('containers.log_driver', ['k8s-file', 'json-file', 'journald', 'none', 'passthrough']),
    logSizeMax: logSizeMax > 0 ? logSizeMax : undefined,
    pidsLimit: Math.max(settings.wholeNumber('containers.pids_limit', 2048), 0),
    seccompProfile: optional('containers.seccomp_profile') ?? seccompProfile(files),
    apparmorProfile: optional('containers.apparmor_profile') ?? '',
    shmSize: shmSize(settings),
    timezone: optional('containers.tz'),
    umask: umask(settings),
    init: settings.flag('containers.init', false),
    initPath: optional('containers.init_path') ?? optional('engine.init_path'),
    label: settings.flag('containers.label', true),
    cgroups: settings.choice('containers.cgroups', ['enabled', 'disabled', 'no-conmon']),
    namespaces: {
      cgroup: settings.choice('containers.cgroupns', ['private', 'host']),
      ipc: settings.choice('containers.ipcns', ['private', 'host', 'shareable', 'none']),
      pid: settings.choice('containers.pidns', ['private', 'host']),
      uts: settings.choice('containers.utsns', ['private', 'host']),
    },
    devices: settings.texts('containers.devices', []),
    volumes: settings.texts('containers.volumes', []),
    noHosts: settings.flag('containers.no_hosts', false),
    baseHostsFile: baseHostsFile(settings),
    hostAddress: optional('containers.host_containers_internal_ip'),
    logTag: optional('containers.log_tag'),
    networkNamespace: optional('containers.netns'),
    dnsServers: settings.texts('containers.dns_servers', []),
    dnsSearches: settings.texts('containers.dns_searches', []),
    dnsOptions: settings.texts('containers.dns_options', []),
  };
}

function seccompProfile(files: FileAccess): string {
  const own = '/etc/containers/seccomp.json';
  return files.exists(own) ? own : '/usr/share/containers/seccomp.json';
}

function shmSize(settings: SettingsReader): number {
  const key = 'containers.shm_size';
  const size = parseByteSize(settings.text(key, '') || '65536k');
  if (size === undefined) throw settings.wrong(key, 'a size above zero, like 64m');
  return size;
}

function baseHostsFile(settings: SettingsReader): string | undefined {
  const key = 'containers.base_hosts_file';
  const file = settings.text(key, undefined) || undefined;
  if (file !== undefined && file !== 'image' && file !== 'none' && !isAbsolute(file)) {
    throw settings.wrong(key, 'an absolute path, image or none');
  }
  return file;
}

function umask(settings: SettingsReader): string {
  const key = 'containers.umask';
  const mask = settings.text(key, '0022');
  if (!/^[0-7]{1,4}$/.test(mask)) throw settings.wrong(key, 'one to four octal digits');
  return mask;
}

function notNegative(settings: SettingsReader, key: string, fallback: number): number {
  const value = settings.wholeNumber(key, fallback);
  if (value < 0) throw settings.wrong(key, 'zero or more');
  return value;
}
