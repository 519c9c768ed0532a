import { storageNamed } from '../container/backends.ts';
import { readLocked } from '../container/guard.ts';
import { isAlive } from '../container/state.ts';
import { removeLocked } from '../container/verbs/remove.ts';
import type { Intent } from '../contracts/state-store.ts';
import { volumeLock } from '../volume/lock.ts';
import type { RuntimeParts } from './parts.ts';

/**
 * Finishes what a process began and did not live to finish: an unfinished creation is undone, an unfinished removal is completed.
 * Whoever is still at it holds the object's lock, and is left alone. Costs one query and a look into a directory when there is nothing to do.
 */
export async function repair(parts: RuntimeParts): Promise<void> {
  await parts.locker.sweep();
  for (const intent of await parts.state.intents()) {
    const name = intent.object === 'volume' ? volumeLock(intent.name) : intent.id;
    const lock = await parts.locker.tryAcquire(name, { transient: true });
    if (lock === undefined) continue;
    let gone = false;
    try {
      gone = await finish(parts, intent);
    } finally {
      await lock.release({ forget: gone });
    }
  }
}

/** Answers whether it is gone, and its lock's file may go, too. */
async function finish(parts: RuntimeParts, intent: Intent): Promise<boolean> {
  const { state } = parts;
  if (intent.object === 'volume') {
    const { finishVolumeIntent } = await import('../volume/repair.ts');
    return finishVolumeIntent(parts, intent);
  }
  const stillOpen = (await state.intents()).some((open) => 'id' in open && open.id === intent.id && open.kind === intent.kind);
  if (!stillOpen) return (await (intent.object === 'pod' ? state.pod(intent.id) : state.container(intent.id))) === undefined;
  parts.log(
    'info',
    `finishing an interrupted ${{ create: 'creation', remove: 'removal', rename: 'renaming' }[intent.kind]} of ${intent.object} ${intent.id}`,
  );
  if (intent.object === 'pod') {
    const { finishPodIntent } = await import('../pod/repair.ts');
    await finishPodIntent(parts, intent);
    return true;
  }
  if (intent.kind === 'create') {
    await storageNamed(parts, intent.storage, intent.id).delete(intent.id);
    await parts.state.abandon(intent.id);
    return true;
  }
  if (intent.kind === 'rename') {
    const { finishInterruptedRename } = await import('../container/verbs/rename.ts');
    await finishInterruptedRename(parts, intent);
    return false;
  }
  const container = await readLocked(parts, intent.id);
  if (isAlive(container.state)) return false;
  await removeLocked(container);
  return true;
}
