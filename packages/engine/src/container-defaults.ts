import { join } from 'node:path';
import type { Configuration } from '@tspod/config';
import type { ContainerDefaults } from '@tspod/core';

/** Variables of the engine's own environment that containers get so that they reach the network as it does (containers.conf, `http_proxy`). */
const proxyVariables = ['http_proxy', 'https_proxy', 'ftp_proxy', 'no_proxy'].flatMap((name) => [name, name.toUpperCase()]);

/** What a container gets when its creator says nothing: the configuration's values in core's terms. */
export function containerDefaults(
  configuration: Configuration,
  cgroupManager: 'cgroupfs' | 'systemd',
  environment: NodeJS.ProcessEnv,
): ContainerDefaults {
  const { containers, engine } = configuration;
  return {
    capabilities: containers.capabilities,
    environment: [...containers.environment, ...fromEngine(containers, environment)],
    sysctls: containers.sysctls,
    ulimits: containers.ulimits,
    annotations: containers.annotations,
    seccompProfile: containers.seccompProfile === 'unconfined' ? '' : containers.seccompProfile,
    shmSize: containers.shmSize,
    pidsLimit: containers.pidsLimit,
    logDriver: containers.logDriver ?? 'k8s-file',
    logSizeMax: containers.logSizeMax,
    stopTimeout: engine.stopTimeout,
    detachKeys: engine.detachKeys,
    init: containers.init,
    initPaths: initPaths(containers.initPath, engine.helperBinariesDirectories),
    cgroupManager,
    cgroupParent: cgroupManager === 'systemd' ? 'machine.slice' : '/libpod_parent',
    umask: containers.umask,
    noPivotRoot: engine.noPivotRoot,
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

function fromEngine(
  { hostEnvironment, proxyEnvironment }: Configuration['containers'],
  environment: NodeJS.ProcessEnv,
): string[] {
  const isWanted = (name: string) => hostEnvironment || (proxyEnvironment && proxyVariables.includes(name));
  return Object.entries(environment).flatMap(([name, value]) =>
    isWanted(name) && value !== undefined ? [`${name}=${value}`] : [],
  );
}

/** The init program of podman, wherever the distribution put it. */
function initPaths(configured: string | undefined, helperDirectories: readonly string[]): string[] {
  if (configured !== undefined && configured !== '') return [configured];
  return [...helperDirectories, '/usr/bin', '/usr/libexec/catatonit'].map((directory) => join(directory, 'catatonit'));
}
