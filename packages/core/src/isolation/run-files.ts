import { existsSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import type { ContainerConfig } from '../container/config.ts';
import { EngineError, InvalidArgumentError } from '../errors.ts';
import type { Spec } from '../oci/spec.ts';
import type { RuntimeParts } from '../runtime/parts.ts';
import type { RunFiles } from '../spec/generate.ts';
import { passwdAdditions, withParents } from './passwd-entries.ts';

const zones = '/usr/share/zoneinfo';

/** Where a zone is described on this machine. @throws {InvalidArgumentError} `unknown-timezone` */
export function zoneFile(timezone: string): string {
  const path = timezone === 'local' ? '/etc/localtime' : posix.join(zones, timezone);
  if (timezone !== 'local' && !path.startsWith(`${zones}/`)) throw unknownZone(path);
  try {
    return realpathSync(path);
  } catch {
    throw unknownZone(path);
  }
}

function unknownZone(path: string): InvalidArgumentError {
  return new InvalidArgumentError(`running container create option: stat ${path}: no such file or directory`, {
    code: 'unknown-timezone',
    hint: `use "local", or a zone that ${zones} has (Debian: package tzdata)`,
  });
}

/** Whether a start has more to prepare than `RunFiles` always have. */
export function needsMoreFiles({
  user,
  isolation,
  userMounts,
}: Pick<ContainerConfig, 'user' | 'isolation' | 'userMounts'>): boolean {
  if (/^\d+(:|$)/.test(user) && isolation?.passwd !== false) return true;
  if (hasOwnRun({ isolation, userMounts })) return true;
  return isolation !== undefined && (isolation.timezone ?? isolation.hostUsers ?? isolation.chrootDirectories) !== undefined;
}

/** Whether /run is a mount of the engine's for systemd, where .containerenv is to be seen as usual. */
function hasOwnRun({ isolation, userMounts }: Pick<ContainerConfig, 'isolation' | 'userMounts'>): boolean {
  return isolation?.systemd === true && !userMounts.some(({ destination }) => destination === '/run');
}

/**
 * Adds what the isolation options ask for: the zone, entries of users, and the files for directories that a process of the container
 * will make its root.
 */
export async function withMoreFiles(
  parts: RuntimeParts,
  config: ContainerConfig,
  files: RunFiles,
  { rootPath, runDir }: { readonly rootPath: string; readonly runDir: string },
): Promise<RunFiles> {
  const isolation = config.isolation ?? {};
  const more: [string, string][] = [];
  if (isolation.timezone !== undefined) {
    const path = join(runDir, 'localtime');
    writeFileSync(path, readFileSync(zoneFile(isolation.timezone)), { mode: 0o644 });
    more.push(['/etc/localtime', path]);
  }
  if (hasOwnRun(config) && files.containerEnv !== undefined) more.push(['/run/.containerenv', files.containerEnv]);
  for (const directory of isolation.chrootDirectories ?? []) {
    for (const [name, path] of [['etc/hosts', files.hosts] as const, ['etc/resolv.conf', files.resolvConf] as const]) {
      if (path !== undefined) more.push([posix.join(directory, name), path]);
    }
  }
  if (isolation.passwd !== false) more.push(...(await nameUsers(parts, config, rootPath, runDir)));
  return { ...files, more: Object.fromEntries(more) };
}

/**
 * Appends to the passwd and group files of the root filesystem. Where that is not the container's own to change, copies of them are
 * mounted over them.
 */
async function nameUsers(
  { host }: RuntimeParts,
  config: ContainerConfig,
  rootPath: string,
  runDir: string,
): Promise<[string, string][]> {
  const { spec } = config;
  const mounted = new Set((spec.mounts ?? []).map(({ destination }) => destination));
  const read = async (path: string) => {
    const bytes = mounted.has(path) ? undefined : await host.readFileInRoot(rootPath, path);
    return bytes && Buffer.from(bytes).toString('utf8');
  };
  const [passwd, group] = await Promise.all([read('/etc/passwd'), read('/etc/group')]);
  const additions = additionsOf(config, spec, { passwd, group, mounted });
  const isOwn = !spec.root?.readonly && (config.rootfs.kind === 'image' || config.rootfs.overlay);
  const binds: [string, string][] = [];
  for (const [name, text, addition] of [
    ['passwd', passwd, additions.passwd] as const,
    ['group', group, additions.group] as const,
  ]) {
    if (text === undefined || addition === '') continue;
    const lines = text === '' || text.endsWith('\n') ? addition : `\n${addition}`;
    if (isOwn) await host.appendFileInRoot(rootPath, `/etc/${name}`, lines);
    else {
      const path = join(runDir, name);
      writeFileSync(path, text + lines, { mode: 0o644 });
      binds.push([`/etc/${name}`, path]);
    }
  }
  return binds;
}

function additionsOf(
  { id, user, isolation }: ContainerConfig,
  { process }: Spec,
  files: { readonly passwd: string | undefined; readonly group: string | undefined; readonly mounted: ReadonlySet<string> },
) {
  try {
    return passwdAdditions({
      user,
      passwd: files.passwd,
      group: files.group,
      workingDirectory: process?.cwd ?? '/',
      entry: isolation?.passwdEntry,
      hostUsers: isolation?.hostUsers ?? [],
      hostPasswd: existsSync('/etc/passwd') ? readFileSync('/etc/passwd', 'utf8') : '',
      isMounted: (path) => withParents(path).some((parent) => files.mounted.has(parent)),
    });
  } catch (error) {
    if (EngineError.isInstance(error)) error.message = `creating temporary passwd file for container ${id}: ${error.message}`;
    throw error;
  }
}
