import { storageNamed } from '../container/backends.ts';
import { readLocked } from '../container/guard.ts';
import { isAlive } from '../container/state.ts';
import { removeLocked } from '../container/verbs/remove.ts';
import type { Intent } from '../contracts/state-store.ts';
import { volumeLock } from '../volume/lock.ts';
import type { RuntimeParts } from './parts.ts';

/**
 * Finishes what a process began and did not live to finish: an unfinished creation is undone, an unfinished removal is completed.
 * Whoever is still at it holds the object's lock, and is left alone. What can't be finished now, on a full disk for one, is told and stays
 * for the next command, and keeps nobody from another object. Costs one query and a look into a directory when there is nothing to do.
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
    } catch (error) {
      warnOnce(parts, `the ${nounOf(intent)} was cut short and can't be finished: ${messageOf(error)}`);
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
  parts.log('info', `finishing what was cut short: the ${nounOf(intent)}`);
  if (intent.object === 'pod') {
    const { finishPodIntent } = await import('../pod/repair.ts');
    await finishPodIntent(parts, intent);
    return true;
  }
  if (intent.kind === 'create') {
    await storageNamed(parts, intent.storage, intent.id).delete(intent.id);
    await parts.state.abandon(intent.id);
    const { removeVolumesMadeFor } = await import('../mounts/make-volumes.ts');
    await removeVolumesMadeFor(parts, intent.id);
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

/** `creation of container ID`. */
export function nounOf(intent: Intent): string {
  const subject = 'id' in intent ? intent.id : intent.name;
  return `${{ create: 'creation', remove: 'removal', rename: 'renaming' }[intent.kind]} of ${intent.object} ${subject}`;
}

const warned = new WeakMap<RuntimeParts, Set<string>>();

/** Every call of a runtime comes here first. */
function warnOnce(parts: RuntimeParts, text: string): void {
  const told = warned.get(parts) ?? new Set();
  warned.set(parts, told);
  if (!told.has(text)) parts.log('warn', text);
  told.add(text);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
