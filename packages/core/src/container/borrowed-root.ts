import type { BorrowedRoot } from '../contracts/state-store.ts';
import { generateId } from '../id.ts';
import { listed, mountCount } from './abandoned-roots.ts';
import { storageOf } from './backends.ts';
import { type LockedContainer, withLocked } from './guard.ts';
import { unlessGone } from './no-such-container.ts';

/**
 * The mounted root filesystem, for as long as a verb needs it. Each change of the storage's count is written down first, and nobody else
 * makes one meanwhile, for the container is locked: so the mount of a process that dies can be taken back exactly once.
 */
export interface BorrowedPath {
  readonly id: string;
  readonly path: string;
  /** Takes the container's lock. Nothing to do when the container is gone. */
  giveBack(): Promise<void>;
}

export async function borrowRoot(container: LockedContainer): Promise<BorrowedPath> {
  const { parts, config } = container;
  const { id } = await note(container, 'mounting');
  let path: string;
  try {
    path = await storageOf(parts, config).mount(config.id);
  } catch (failure) {
    await forget(container, id);
    throw failure;
  }
  await note(container, 'mounted', id);
  return { id, path, giveBack: () => unlessGone(withLocked(parts, config.id, (locked) => returnRoot(locked, { id }))) };
}

/** For who holds the container's lock. */
export async function returnRoot(container: LockedContainer, { id }: Pick<BorrowedPath, 'id'>): Promise<void> {
  const { parts, config } = container;
  await note(container, 'unmounting', id);
  await storageOf(parts, config).unmount(config.id);
  await forget(container, id);
}

/** `act` has the storage mount the root and unmount it again; the lock is held all the time. */
export async function whileStorageMounts<Result>(container: LockedContainer, act: () => Promise<Result>): Promise<Result> {
  const { id } = await note(container, 'mounting');
  try {
    return await act();
  } finally {
    await forget(container, id);
  }
}

async function note(
  container: LockedContainer,
  step: BorrowedRoot['step'],
  id = generateId().slice(0, 12),
): Promise<BorrowedRoot> {
  const { parts, config, live } = container;
  const holder = parts.host.processIdentity(process.pid);
  if (holder === undefined) throw new Error(`process ${process.pid} does not run`);
  const borrowed: BorrowedRoot = { id, holder, step, count: await mountCount(parts, config) };
  await container.save({ borrowed: [...(live.borrowed ?? []).filter((other) => other.id !== id), borrowed] });
  return borrowed;
}

async function forget(container: LockedContainer, id: string): Promise<void> {
  await container.save({ borrowed: listed((container.live.borrowed ?? []).filter((other) => other.id !== id)) });
}
