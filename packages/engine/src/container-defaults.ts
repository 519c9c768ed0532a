import { join } from 'node:path';
import type { Configuration } from '@tspod/config';
import { type ContainerDefaults, parseNetworks } from '@tspod/core';

interface Surroundings {
  readonly cgroupManager: 'cgroupfs' | 'systemd';
  readonly environment: NodeJS.ProcessEnv;
  /** In place of the configuration's. */
  readonly hooksDirectories: readonly string[] | undefined;
}

/** What a container gets when its creator says nothing: the configuration's values in core's terms. Not to be spread: it reads when asked. */
export function containerDefaults(
  configuration: Configuration,
  { cgroupManager, environment, hooksDirectories }: Surroundings,
): ContainerDefaults {
  const { containers, engine } = configuration;
  return {
    capabilities: containers.capabilities,
    environment: containers.environment,
    engineEnvironment: environment,
    hostEnvironment: containers.hostEnvironment,
    proxyEnvironment: containers.proxyEnvironment,
    sysctls: containers.sysctls,
    ulimits: containers.ulimits,
    annotations: containers.annotations,
    seccompProfile: containers.seccompProfile === 'unconfined' ? '' : containers.seccompProfile,
    apparmorProfile: containers.apparmorProfile,
    selinuxLabels: containers.label,
    shmSize: containers.shmSize,
    pidsLimit: containers.pidsLimit,
    logDriver: containers.logDriver ?? 'k8s-file',
    logSizeMax: containers.logSizeMax,
    stopTimeout: engine.stopTimeout,
    network: networkMode(containers.networkNamespace),
    namespaces: containers.namespaces,
    cgroups: containers.cgroups,
    devices: containers.devices,
    volumes: containers.volumes,
    noHosts: containers.noHosts,
    baseHostsFile: containers.baseHostsFile,
    hostAddress: containers.hostAddress,
    logTag: containers.logTag,
    dnsServers: containers.dnsServers,
    dnsSearch: containers.dnsSearches,
    dnsOptions: containers.dnsOptions,
    detachKeys: engine.detachKeys,
    init: containers.init,
    initPaths: initPaths(containers.initPath, engine.helperBinariesDirectories),
    cgroupManager,
    cgroupParent: cgroupManager === 'systemd' ? 'machine.slice' : '/libpod_parent',
    umask: containers.umask,
    timezone: containers.timezone,
    noPivotRoot: engine.noPivotRoot,
    hooksDirectories: hooksDirectories ?? engine.hooksDirectories,
    cdiDirectories: engine.cdiDirectories,
    // read when a short image name is looked up, and not before: the file of aliases is long
    get searchRegistries() {
      return configuration.registries.searchRegistries;
    },
    get shortNameRules() {
      return { mode: configuration.registries.shortNameMode, ...configuration.registries.sources };
    },
    get shortNameAliases() {
      return configuration.registries.aliases;
    },
  };
}

function networkMode(word: string | undefined): ContainerDefaults['network'] {
  return word === undefined ? undefined : parseNetworks([word]).mode;
}

/** The init program of podman, wherever the distribution put it. */
function initPaths(configured: string | undefined, helperDirectories: readonly string[]): string[] {
  if (configured !== undefined && configured !== '') return [configured];
  return [...helperDirectories, '/usr/bin', '/usr/libexec/catatonit'].map((directory) => join(directory, 'catatonit'));
}
