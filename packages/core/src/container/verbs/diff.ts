import type { FileChange } from '../../contracts/file-changes.ts';
import { NotSupportedError } from '../../errors.ts';
import { storageOf } from '../backends.ts';
import type { LockedContainer } from '../guard.ts';

/** What the engine and the runtime put into every root filesystem to mount over it. */
const ownFiles = new Set([
  ...['/dev', '/proc', '/run', '/sys'],
  ...['/etc/hostname', '/etc/hosts', '/etc/mtab', '/etc/resolv.conf'],
  ...['/run/.containerenv', '/run/notify', '/run/secrets'],
]);

/** What the container changed about what it was made of, but for mount points. */
export async function diff({ parts, config }: LockedContainer): Promise<readonly FileChange[]> {
  const storage = storageOf(parts, config);
  if (storage.diff === undefined) {
    throw new NotSupportedError(`storage "${storage.name}" can't compare container ${config.id} with what it was made of`, {
      code: 'no-diff',
    });
  }
  const mountPoints = new Set(config.userMounts.map(({ destination }) => destination.replace(/\/+$/, '')));
  return (await storage.diff(config.id)).filter(({ path }) => !ownFiles.has(path) && !mountPoints.has(path));
}
