import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { containerEnvironmentFile } from '../container-environment-file.ts';
import type { Sandbox } from '../contracts/network.ts';
import { EngineError } from '../errors.ts';
import { renderHosts } from '../hosts.ts';
import { needsMoreFiles, withMoreFiles } from '../isolation/run-files.ts';
import { hasPreparedMounts } from '../mounts/prepared.ts';
import { hostFile, resolvConfOf } from '../network/resolv-conf-of.ts';
import type { Linux, Resources, Spec } from '../oci/spec.ts';
import type { RuntimeParts } from '../runtime/parts.ts';
import { finaliseSpec, type RunFiles } from '../spec/generate.ts';
import { joinedContainer, joinNamespaces } from '../spec/namespaces.ts';
import { type ResolvedUser, resolveUser } from '../users.ts';
import type { ContainerConfig } from './config.ts';
import { proxiedSocket, withNotifySocket } from './notify.ts';

export interface RunPlaces {
  /** Host path of the mounted root filesystem. */
  readonly rootPath: string;
  readonly runDir: string;
  /** In place of those of the config. Default: those. */
  readonly resources?: Resources | undefined;
  /** Its networks, where it has some of its own. */
  readonly sandbox?: Sandbox | undefined;
  /** Its cgroup, where the config does not know it. */
  readonly cgroup?: string | undefined;
}

/** The spec that the runtime gets: completes the container's own with what is known now, and writes the files of the run directory. */
export async function prepareRunningSpec(
  parts: RuntimeParts,
  config: ContainerConfig,
  { rootPath, runDir, resources, sandbox, cgroup }: RunPlaces,
): Promise<Spec> {
  const user = await resolveUserIn(parts, rootPath, config.user, config.groups).catch((error: unknown) => {
    if (EngineError.isInstance(error) && error.code === 'unknown-supplemental-group') {
      error.message = `looking up supplemental groups for container ${config.id}: ${error.message}`;
    }
    throw error;
  });
  if (config.rootfs.kind === 'image' || config.rootfs.overlay) await linkMountTable(parts, config, rootPath);
  const files = await writeRunFiles(parts, config, { runDir, rootPath, sandbox });
  const runFiles = needsMoreFiles(config) ? await withMoreFiles(parts, config, files, { rootPath, runDir }) : files;
  if (config.isolation?.idMaps !== undefined) {
    const { giveToContainer } = await import('../isolation/mapped-files.ts');
    giveToContainer(config.isolation.idMaps, runDir, runFiles);
  }
  const completed = finaliseSpec(withLinux(config.spec, { resources, cgroupsPath: cgroup }), {
    rootPath,
    user,
    hostname: config.hostname,
    capAdd: config.capAdd,
    runFiles,
    limits: parts.host.limits(),
  });
  const finalised = config.secrets === undefined ? completed : await withSecrets(parts, config, completed, runDir);
  const spec = hasPreparedMounts(config) ? await withMounts(parts, config, finalised, { rootPath, runDir }) : finalised;
  const notifying = proxiedSocket(config) === undefined ? spec : withNotifySocket(config, spec);
  const inNetwork =
    sandbox === undefined || notifying.linux === undefined
      ? notifying
      : { ...notifying, linux: joinNamespaces(notifying.linux, { network: sandbox.namespace }) };
  if (isConfined(config, inNetwork)) {
    const { prepareSecurityModules } = await import('../isolation/security-modules.ts');
    await prepareSecurityModules(parts, config, inNetwork, runDir);
  }
  if (config.dependencies === undefined) return inNetwork;
  const { withJoinedNamespaces } = await import('./joined-namespaces.ts');
  return withJoinedNamespaces(parts, config, inNetwork, runDir);
}

/** The table of mounts at its old place, as podman makes it; a directory of the caller's is left as it is. */
async function linkMountTable({ host }: RuntimeParts, { isolation }: ContainerConfig, rootPath: string): Promise<void> {
  const root = { uid: 0, gid: 0 };
  const maps = isolation?.idMaps;
  const owner = maps === undefined ? root : (await import('../isolation/id-maps.ts')).ownerOnHost(maps, root);
  await host.linkInRoot(rootPath, '/etc/mtab', '/proc/mounts', owner);
}

/** Whether AppArmor or SELinux have a part in it. */
function isConfined({ mountLabel }: ContainerConfig, { process }: Spec): boolean {
  return process?.apparmorProfile !== undefined || mountLabel !== '';
}

/** With these in place of what the config says; undefined: as it says. */
function withLinux(spec: Spec, changes: { readonly [Name in 'resources' | 'cgroupsPath']: Linux[Name] | undefined }): Spec {
  const said = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
  return { ...spec, linux: { ...spec.linux, ...said } };
}

async function withSecrets(parts: RuntimeParts, config: ContainerConfig, spec: Spec, runDir: string): Promise<Spec> {
  const secrets = await import('../secrets/start.ts');
  return secrets.withSecrets(parts, config, spec, runDir);
}

async function withMounts(parts: RuntimeParts, config: ContainerConfig, spec: Spec, places: RunPlaces): Promise<Spec> {
  const { prepareMounts } = await import('../mounts/prepare.ts');
  return prepareMounts(parts, config, spec, places);
}

/**
 * Looks a user and extra groups up in the passwd and group files below `rootPath`; none of them can lead outside of it.
 * @throws {InvalidArgumentError} `unknown-user`, `unknown-group`.
 */
export async function resolveUserIn(
  parts: RuntimeParts,
  rootPath: string,
  user: string,
  groups: readonly string[],
): Promise<ResolvedUser> {
  const read = async (path: string) => Buffer.from((await parts.host.readFileInRoot(rootPath, path)) ?? []).toString('utf8');
  const [passwd, group] = await Promise.all([read('/etc/passwd'), read('/etc/group')]);
  return resolveUser(user, { passwd, group, additionalGroups: groups });
}

async function writeRunFiles(
  parts: RuntimeParts,
  config: ContainerConfig,
  { runDir, rootPath, sandbox }: RunPlaces & { readonly sandbox: Sandbox | undefined },
): Promise<RunFiles> {
  const write = (name: string, text: string | undefined) => {
    if (text === undefined) return undefined;
    const path = join(runDir, name);
    writeFileSync(path, text, { mode: 0o644 });
    return path;
  };
  return {
    ...(await networkFiles(parts, config, { rootPath, sandbox }, write)),
    hostname: write('hostname', `${config.hostname}\n`),
    containerEnv: write('.containerenv', containerEnvironmentFile(config)),
  };
}

/** Most containers have nothing of a network but its mode. */
async function networkFiles(
  parts: RuntimeParts,
  config: ContainerConfig,
  { rootPath, sandbox }: { readonly rootPath: string; readonly sandbox: Sandbox | undefined },
  write: (name: string, text: string | undefined) => string | undefined,
): Promise<Pick<RunFiles, 'hosts' | 'resolvConf'>> {
  if (joinedContainer(config.network) !== undefined) {
    return (await import('../network/run-files.ts')).filesOfJoined(parts, config);
  }
  const { network, networking, hostname, name } = config;
  const facts = sandbox === undefined ? {} : (await import('../network/run-files.ts')).factsOf(sandbox);
  return {
    hosts: networking?.noHosts
      ? undefined
      : write(
          'hosts',
          renderHosts({
            hostHosts: await baseHosts(parts, rootPath),
            configuredHostAddress: parts.defaults.hostAddress,
            network,
            hostname,
            name,
            addHosts: networking?.addHosts,
            addresses: facts.addresses,
            hostAddress: facts.hostAddress,
          }),
        ),
    resolvConf: write('resolv.conf', resolvConfOf(parts, config, facts)),
  };
}

/** What a hosts file begins with. @throws a system error when the configuration names a file that can't be read */
async function baseHosts({ defaults, host }: RuntimeParts, rootPath: string): Promise<string> {
  const { baseHostsFile: file } = defaults;
  if (file === undefined) return hostFile('/etc/hosts');
  if (file === 'none') return '';
  if (file === 'image') return Buffer.from((await host.readFileInRoot(rootPath, '/etc/hosts')) ?? []).toString('utf8');
  return readFileSync(file, 'utf8');
}
