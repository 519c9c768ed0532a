import type { FileChange } from '../../contracts/file-changes.ts';
import { NotSupportedError } from '../../errors.ts';
import type { RuntimeParts } from '../../runtime/parts.ts';
import { storageOf } from '../backends.ts';
import type { ContainerConfig } from '../config.ts';

/** What the engine and the runtime put into every root filesystem to mount over it. */
const ownFiles: ReadonlySet<string> = new Set([
  ...['/dev', '/proc', '/run', '/sys'],
  ...['/etc/hostname', '/etc/hosts', '/etc/mtab', '/etc/resolv.conf'],
  ...['/run/.containerenv', '/run/notify', '/run/secrets'],
]);

/** What the container changed about what it was made of, but for mount points. Looks as `inspect` does, whatever is done to it meanwhile. */
export async function diff(parts: RuntimeParts, config: ContainerConfig): Promise<readonly FileChange[]> {
  const storage = storageOf(parts, config);
  if (storage.diff === undefined) {
    throw new NotSupportedError(`storage "${storage.name}" can't compare container ${config.id} with what it was made of`, {
      code: 'no-diff',
    });
  }
  return withoutMountPoints(await storage.diff(config.id), config);
}

/** Those of the engine, and, where the container is known, those of its mounts. */
export function withoutMountPoints(changes: readonly FileChange[], config?: ContainerConfig): readonly FileChange[] {
  const secrets = (config?.secrets ?? []).flatMap(({ type, target }) => (type === 'mount' ? [target] : []));
  const mounts = (config?.userMounts ?? []).map(({ destination }) => destination.replace(/\/+$/, ''));
  const mountPoints = new Set([...secrets, ...mounts]);
  return changes.filter(({ path }) => !ownFiles.has(path) && !mountPoints.has(path));
}
