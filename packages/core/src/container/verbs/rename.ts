import type { RootfsStorage } from '../../contracts/rootfs-storage.ts';
import type { Intent } from '../../contracts/state-store.ts';
import { EngineError, NotSupportedError } from '../../errors.ts';
import { checkName } from '../../id.ts';
import { recordContainerEvent } from '../../runtime/events.ts';
import type { RuntimeParts } from '../../runtime/parts.ts';
import { storageNamed, storageOf } from '../backends.ts';
import { refuseForeignName } from '../foreign-name.ts';
import type { LockedContainer } from '../guard.ts';
import { undo } from './init.ts';

/**
 * Gives a container another name, in the state store and in its storage: it has the old one in both, or the new one.
 *
 * @throws {InvalidArgumentError} `invalid-name`; {AlreadyExistsError} `container-exists` when a container, a pod or another program's
 * container has the name; {NotSupportedError} `no-rename`; {InvalidStateError} `container-being-removed`.
 */
export async function rename({ parts, config }: LockedContainer, name: string): Promise<void> {
  const { id } = config;
  checkName(name);
  const storage = storageOf(parts, config);
  const renameIn = renamingOf(storage, id);
  if (name !== config.name) {
    await parts.state.beginRename(id, name);
    try {
      await refuseForeignName(parts, storage, name);
      await renameIn(name);
      await parts.state.finishRename(id);
    } catch (failure) {
      await undo(async () => {
        await renameIn(config.name);
        await parts.state.abandonRename(id);
      }, failure);
    }
  }
  await recordContainerEvent(parts, { ...config, name }, 'rename');
}

/** What a process began and did not live to finish: the new name, or the old one if another program's container got the new one. */
export async function finishInterruptedRename(parts: RuntimeParts, intent: Intent & { readonly kind: 'rename' }): Promise<void> {
  const { id, name, newName } = intent;
  const renameIn = renamingOf(storageNamed(parts, intent.storage, id), id);
  try {
    await renameIn(newName);
    await parts.state.finishRename(id);
  } catch (failure) {
    if (!isRefusal(failure)) throw failure;
    await renameIn(name).catch((again: unknown) => {
      // another program has removed the container from the storage
      if (!isRefusal(again)) throw again;
    });
    await parts.state.abandonRename(id);
  }
}

function isRefusal(error: unknown): boolean {
  return EngineError.isInstance(error) && (error.kind === 'already-exists' || error.kind === 'not-found');
}

function renamingOf(storage: RootfsStorage, id: string): (name: string) => Promise<void> {
  if (storage.rename === undefined) {
    throw new NotSupportedError(`container ${id} can't be renamed: its storage "${storage.name}" keeps names for good`, {
      code: 'no-rename',
    });
  }
  return storage.rename.bind(storage, id);
}
