import { join } from 'node:path';

/**
 * Names of what a checkpoint consists of, in the container's static directory as in an archive: podman's (checkpointctl reads them, too).
 */
export const checkpointFiles = {
  /** Directory of what the OCI runtime wrote. */
  images: 'checkpoint',
  /** Directory of an earlier dump of the memory alone. */
  preImages: 'pre-checkpoint',
  /** The container's config. */
  config: 'config.dump',
  /** Its OCI spec. */
  spec: 'spec.dump',
  /** Addresses that it had. */
  network: 'network.status',
  /** What it added to its root filesystem and changed there, as a tar archive, and paths of what it removed. */
  rootChanges: 'rootfs-diff.tar',
  removedFiles: 'deleted.files',
  /** Directory of the volumes' contents. */
  volumes: 'volumes',
  log: 'ctr.log',
  dumpLog: 'dump.log',
  dumpStatistics: 'stats-dump',
  restoreLog: 'restore.log',
  restoreStatistics: 'stats-restore',
} as const;

/** The file that is there when a dump has come to its end. */
const completeMark = 'inventory.img';

export function completeMarkOf(staticDir: string): string {
  return join(staticDir, checkpointFiles.images, completeMark);
}

/** What of them goes away when a checkpoint is written anew, or was used up. */
export const temporaryFiles: readonly string[] = [
  checkpointFiles.config,
  checkpointFiles.spec,
  checkpointFiles.rootChanges,
  checkpointFiles.removedFiles,
  checkpointFiles.volumes,
];
