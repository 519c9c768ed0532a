import { realpathSync, statSync } from 'node:fs';
import type { ContainerConfig } from '../container/config.ts';
import { InvalidArgumentError } from '../errors.ts';
import { ownMounts } from '../mounts/prepared.ts';
import { systemDirectories } from '../mounts/system-directories.ts';
import type { Spec } from '../oci/spec.ts';
import type { RuntimeParts } from '../runtime/parts.ts';
import { provideApparmorProfile } from './apparmor.ts';
import { sharedLabel } from './selinux.ts';

/**
 * What a start needs of AppArmor and SELinux: the profile in the kernel; and for the process's label, the files that the engine wrote, and
 * what is mounted with `z` (for every container) or `Z` (for this one alone).
 *
 * @throws {InvalidArgumentError} `invalid-volume` for a directory of the system that must keep its label; as `provideApparmorProfile`.
 */
export async function prepareSecurityModules(
  { host }: Pick<RuntimeParts, 'host'>,
  config: Pick<ContainerConfig, 'mountLabel' | 'userMounts' | 'isInfra' | 'rootfs'>,
  spec: Spec,
  runDir: string,
): Promise<void> {
  const { apparmorProfile } = spec.process ?? {};
  if (apparmorProfile !== undefined) await provideApparmorProfile(host, apparmorProfile);
  if (config.mountLabel === '') return;
  for (const { type, source = '' } of spec.mounts ?? []) {
    if (type === 'bind' && source.startsWith(`${runDir}/`) && statSync(source).isFile())
      await host.labelFiles(source, config.mountLabel);
  }
  for (const { options, source, dataPath, type } of ownMounts(config)) {
    if (type !== 'bind' && type !== 'volume') continue;
    const label = options.includes('Z') ? config.mountLabel : options.includes('z') && sharedLabel(config.mountLabel);
    if (label) await host.labelFiles(relabelled(dataPath ?? source), label);
  }
}

function relabelled(source: string): string {
  const path = realpathSync(source);
  if (!systemDirectories.has(path)) return path;
  throw new InvalidArgumentError(`SELinux relabeling of ${path} is not allowed`, {
    code: 'invalid-volume',
    hint: 'mount it without z or Z, or a directory below it',
  });
}
