import { grantedCapabilities, processCapabilities } from '../capabilities.ts';
import type { ContainerConfig, NetworkMode, UserMount } from '../container/config.ts';
import { kernelPaths } from '../isolation/kernel-paths.ts';
import type { Device, DeviceCgroup, Linux, Mount, Process, Resources, Spec } from '../oci/spec.ts';
import { containerMounts, initDestination, inMountOrder, rootPropagation } from './mounts.ts';
import { hasOwn, ipcMounts, namespacesOf } from './namespaces.ts';
import { clampRlimits, type HostLimits, requestedRlimits } from './rlimits.ts';
import { generateSeccomp, type SeccompProfile } from './seccomp.ts';

/** Everything that a spec is made from at creation; nothing is looked up. */
export interface SpecRequest {
  /** 64 hexadecimal digits. */
  readonly id: string;
  readonly hostname: string;
  /** Entrypoint and command. */
  readonly command: readonly string[];
  /** In the order in which the process gets it, without `HOSTNAME` and `HOME` unless somebody asked for them. */
  readonly environment: ReadonlyMap<string, string>;
  /** Absolute. */
  readonly workingDirectory: string;
  readonly terminal: boolean;
  readonly consoleSize?: { readonly height: number; readonly width: number } | undefined;
  readonly readOnly: boolean;
  /** With `readOnly`: writable tmpfs on /tmp, /var/tmp and /run. Default: true. */
  readonly readOnlyTmpfs?: boolean | undefined;
  readonly privileged: boolean;
  /** Names in any form, see `capabilities.ts`. */
  readonly capabilities: {
    readonly defaults: readonly string[];
    readonly add: readonly string[];
    readonly drop: readonly string[];
  };
  readonly network: NetworkMode;
  readonly namespaces?: ContainerConfig['namespaces'];
  readonly userMounts: readonly UserMount[];
  /** Host path of the init program that becomes the container's first process. */
  readonly init?: { readonly path: string } | undefined;
  readonly annotations: Readonly<Record<string, string>>;
  /** The document of a docker-format profile; undefined: unconfined. */
  readonly seccomp: SeccompProfile | undefined;
  /** As in the OCI spec, e.g. `/libpod_parent/libpod-<id>`; undefined: it gets no cgroup. */
  readonly cgroupsPath: string | undefined;
  readonly sysctls: Readonly<Record<string, string>>;
  /** `nofile=1024:2048`; what is not named gets podman's default. Only `host`: those of the engine. */
  readonly ulimits: readonly string[];
  readonly resources: Resources;
  readonly oomScoreAdj?: number | undefined;
  /** Default: none beside those of the engine. */
  readonly deviceRules?: readonly DeviceCgroup[] | undefined;
  /** Octal, e.g. `0022`. */
  readonly umask: string;
  /** Bytes of /dev/shm. */
  readonly shmSize: number;
  readonly autoRemove: boolean;
  readonly stopSignal: number;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly host: SpecHostFacts;
}

export interface SpecHostFacts {
  readonly cgroupVersion: 1 | 2;
  /** OCI name, e.g. `amd64`. */
  readonly architecture: string;
  /** Kernel release, e.g. `6.1.0-13-amd64`. */
  readonly kernel: string;
  readonly boundingCapabilities: readonly string[];
  /** Given to privileged containers. */
  readonly devices: readonly Device[];
}

/** What is known only when the container is initialised. */
export interface RunFacts {
  /** Host path of the mounted root filesystem. */
  readonly rootPath: string;
  readonly hostname: string;
  readonly user: {
    readonly uid: number;
    readonly gid: number;
    readonly additionalGids: readonly number[];
    /** From the container's passwd file; undefined: it has no entry. */
    readonly home: string | undefined;
  };
  /** Capabilities that were asked for in so many words, in normal form: what a user other than root gets. */
  readonly capAdd: readonly string[];
  /** Host paths of the files that the engine puts into the container; a missing one is not mounted. */
  readonly runFiles: RunFiles;
  readonly limits: HostLimits;
}

export interface RunFiles {
  readonly resolvConf?: string | undefined;
  readonly hosts?: string | undefined;
  readonly hostname?: string | undefined;
  readonly containerEnv?: string | undefined;
  /** Others, by where they are in the container. */
  readonly more?: Readonly<Record<string, string>> | undefined;
}

/**
 * The OCI spec of a container as podman makes it for root, but for what `finaliseSpec` adds: until then the root path is the
 * customary `rootfs`, the user is root, and the limits are those asked for. Lists whose order podman leaves to chance (environment,
 * mounts of equal depth) have a fixed one.
 *
 * @throws {InvalidArgumentError} `unknown-capability`, `conflicting-capability`, `invalid-ulimit`, `invalid-volume`, `invalid-seccomp-profile`.
 */
export function generateSpec(request: SpecRequest): Spec {
  const capabilities = grantedCapabilities({
    ...request.capabilities,
    privileged: request.privileged,
    bounding: request.host.boundingCapabilities,
  });
  return {
    ociVersion: '1.0.2-dev',
    process: processOf(request, capabilities),
    root: { path: 'rootfs', ...(request.readOnly && { readonly: true }) },
    ...(hasOwn(request.namespaces?.uts) && { hostname: request.hostname }),
    mounts: ipcMounts(
      containerMounts({ ...request, readOnlyTmpfs: request.readOnlyTmpfs ?? true, initPath: request.init?.path }),
      request.namespaces?.ipc,
    ),
    annotations: annotationsOf(request),
    linux: linuxOf(request, capabilities),
  };
}

/** The spec that the runtime gets. Pure: `spec` stays as it is. */
export function finaliseSpec(spec: Spec, facts: RunFacts): Spec {
  const { process } = spec;
  return {
    ...spec,
    ...(process && { process: finaliseProcess(process, facts) }),
    root: { ...spec.root, path: facts.rootPath },
    mounts: withRunFiles(spec, facts.runFiles),
  };
}

function processOf(request: SpecRequest, capabilities: readonly string[]): Process {
  return {
    ...(request.terminal && { terminal: true }),
    ...(request.consoleSize && { consoleSize: { ...request.consoleSize } }),
    user: { uid: 0, gid: 0, umask: Number.parseInt(request.umask, 8) },
    args: request.init === undefined ? [...request.command] : [initDestination, '--', ...request.command],
    env: [...request.environment].map(([name, value]) => `${name}=${value}`),
    cwd: request.workingDirectory,
    capabilities: processCapabilities(capabilities, 0, []),
    rlimits: requestedRlimits(request.ulimits),
    ...(request.oomScoreAdj !== undefined && { oomScoreAdj: request.oomScoreAdj }),
  };
}

function linuxOf(request: SpecRequest, capabilities: readonly string[]): Linux {
  const { privileged, host, seccomp, cgroupsPath } = request;
  const sysctl = sysctlsOf(request);
  const propagation = rootPropagation(request.userMounts);
  return {
    ...(Object.keys(sysctl).length > 0 && { sysctl }),
    resources: {
      ...request.resources,
      devices: [{ allow: privileged, access: 'rwm' }, ...(privileged ? [] : (request.deviceRules ?? []))],
    },
    ...(cgroupsPath !== undefined && { cgroupsPath }),
    namespaces: namespacesOf(request),
    ...(privileged && { devices: [...host.devices] }),
    ...(seccomp && { seccomp: generateSeccomp(seccomp, { ...host, capabilities }) }),
    ...(propagation && { rootfsPropagation: propagation }),
    ...kernelPaths(privileged),
  };
}

/** Without those of a namespace that is not the container's own: they would change the host, or the other container. */
function sysctlsOf({ sysctls, network }: SpecRequest): Record<string, string> {
  const ownNetwork = network === 'private' || network === 'none';
  return Object.fromEntries(Object.entries(sysctls).filter(([name]) => ownNetwork || !name.startsWith('net.')));
}

function annotationsOf(request: SpecRequest): Record<string, string> {
  return {
    'io.container.manager': 'libpod',
    'io.kubernetes.cri-o.Created': request.createdAt,
    'io.kubernetes.cri-o.TTY': String(request.terminal),
    'io.podman.annotations.autoremove': flag(request.autoRemove),
    'io.podman.annotations.init': flag(request.init !== undefined),
    'io.podman.annotations.privileged': flag(request.privileged),
    'io.podman.annotations.publish-all': flag(false),
    'org.opencontainers.image.stopSignal': String(request.stopSignal),
    ...request.annotations,
  };
}

function flag(value: boolean): string {
  return value ? 'TRUE' : 'FALSE';
}

function finaliseProcess(process: Process, { user, hostname, capAdd, limits }: RunFacts): Process {
  const { uid, gid, additionalGids } = user;
  const granted = process.capabilities?.bounding ?? [];
  return {
    ...process,
    user: { ...process.user, uid, gid, ...(additionalGids.length > 0 && { additionalGids: [...additionalGids] }) },
    env: withUsualVariables(process.env ?? [], { home: user.home ?? process.cwd, hostname }),
    capabilities: processCapabilities(granted, uid, capAdd),
    rlimits: clampRlimits(process.rlimits ?? [], limits),
  };
}

/** What every process has, unless somebody asked for other values. */
export function withUsualVariables(
  env: readonly string[],
  { home, hostname }: { readonly home: string; readonly hostname: string },
): string[] {
  const usual = [`HOME=${home}`, `HOSTNAME=${hostname}`];
  const isSaid = (variable: string) => env.some((said) => said.startsWith(variable.slice(0, variable.indexOf('=') + 1)));
  return [...env, ...usual.filter((variable) => !isSaid(variable))];
}

function withRunFiles({ mounts = [], root }: Spec, files: RunFiles): Mount[] {
  const access = root?.readonly ? ['ro', 'nosuid', 'noexec', 'nodev'] : [];
  const taken = new Set(mounts.map(({ destination }) => destination));
  const bind = (destination: string, source: string | undefined): Mount[] =>
    source === undefined || taken.has(destination)
      ? []
      : [{ destination, type: 'bind', source, options: ['bind', 'rprivate', ...access] }];
  return inMountOrder([
    ...mounts,
    ...bind('/etc/resolv.conf', files.resolvConf),
    ...bind('/etc/hosts', files.hosts),
    ...bind('/etc/hostname', files.hostname),
    ...(taken.has('/run') ? [] : bind('/run/.containerenv', files.containerEnv)),
    ...Object.entries(files.more ?? {}).flatMap(([destination, source]) => bind(destination, source)),
  ]);
}
