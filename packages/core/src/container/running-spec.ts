import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { containerEnvironmentFile } from '../container-environment-file.ts';
import { renderHosts } from '../hosts.ts';
import type { Spec } from '../oci/spec.ts';
import { renderResolvConf } from '../resolv-conf.ts';
import type { RuntimeParts } from '../runtime/parts.ts';
import { finaliseSpec, type RunFiles } from '../spec/generate.ts';
import { type ResolvedUser, resolveUser } from '../users.ts';
import type { ContainerConfig } from './config.ts';

export interface RunPlaces {
  /** Host path of the mounted root filesystem. */
  readonly rootPath: string;
  readonly runDir: string;
}

/** The spec that the runtime gets: completes the container's own with what is known now, and writes the files of the run directory. */
export async function prepareRunningSpec(
  parts: RuntimeParts,
  config: ContainerConfig,
  { rootPath, runDir }: RunPlaces,
): Promise<Spec> {
  const user = await resolveUserIn(parts, rootPath, config.user, config.groups);
  const spec = finaliseSpec(config.spec, {
    rootPath,
    user,
    capAdd: config.capAdd,
    runFiles: writeRunFiles(config, runDir),
    limits: parts.host.limits(),
  });
  if (config.dependencies === undefined) return spec;
  const { withJoinedNamespaces } = await import('./joined-namespaces.ts');
  return withJoinedNamespaces(parts, config, spec, runDir);
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

function writeRunFiles(config: ContainerConfig, runDir: string): RunFiles {
  const write = (name: string, text: string | undefined) => {
    if (text === undefined) return undefined;
    const path = join(runDir, name);
    writeFileSync(path, text, { mode: 0o644 });
    return path;
  };
  const hostFile = (path: string) => (existsSync(path) ? readFileSync(path, 'utf8') : '');
  return {
    hosts: write(
      'hosts',
      renderHosts({ hostHosts: hostFile('/etc/hosts'), network: config.network, hostname: config.hostname, name: config.name }),
    ),
    hostname: write('hostname', `${config.hostname}\n`),
    resolvConf: write('resolv.conf', renderResolvConf({ hostResolvConf: hostFile('/etc/resolv.conf'), network: config.network })),
    containerEnv: write('.containerenv', containerEnvironmentFile(config)),
  };
}
