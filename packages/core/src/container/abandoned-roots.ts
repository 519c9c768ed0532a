import type { BorrowedRoot, LiveState } from '../contracts/state-store.ts';
import type { RuntimeParts } from '../runtime/parts.ts';
import { storageOf } from './backends.ts';
import type { ContainerConfig } from './config.ts';

/** Mounts of the root filesystem whose holders died; see `borrowed-root.ts`. */
export function abandonedRoots({ host }: RuntimeParts, { borrowed = [] }: LiveState): readonly BorrowedRoot[] {
  return borrowed.filter(({ holder }) => !host.isRunning(holder));
}

/** Takes them back, each exactly once however often this is interrupted. The container's lock must be held. */
export async function takeBackAbandoned(parts: RuntimeParts, config: ContainerConfig, live: LiveState): Promise<LiveState> {
  let present = live;
  const save = async (borrowed: readonly BorrowedRoot[]) => {
    present = { ...present, borrowed: listed(borrowed) };
    await parts.state.saveLive(config.id, present);
  };
  for (const root of abandonedRoots(parts, live)) {
    parts.log('info', `taking back a mount of container ${config.id} by process ${root.holder.pid}, which is gone`);
    const count = await mountCount(parts, config);
    const isMounted = { mounting: count > root.count, mounted: true, unmounting: count >= root.count }[root.step];
    const others = present.borrowed?.filter(({ id }) => id !== root.id) ?? [];
    if (isMounted) {
      await save([...others, { ...root, step: 'unmounting', count }]);
      await storageOf(parts, config).unmount(config.id);
    }
    await save(others);
  }
  if (present.borrowed === undefined) await releaseCopiedVolumes(parts, config);
  return present;
}

/** Volumes that a copy had mounted into a container that does not run; nobody copies any more. */
async function releaseCopiedVolumes(parts: RuntimeParts, config: ContainerConfig): Promise<void> {
  const names = config.userMounts.filter(({ type }) => type === 'volume').map(({ source }) => source);
  if (names.length === 0) return;
  const { driverNamed } = await import('../volume/drivers.ts');
  const { withVolumeLocked } = await import('../volume/lock.ts');
  for (const name of names) {
    await withVolumeLocked(parts, name, async () => {
      const volume = await parts.state.volume(name);
      if (volume !== undefined) await (await driverNamed(parts, volume.config.driver)).unmount(name, copyHolder(config.id));
    });
  }
}

/** Holds the volumes that a copy opens. Not the container itself, which may start meanwhile and must keep them then. */
export function copyHolder(id: string): string {
  return `copy-${id}`;
}

export async function mountCount(parts: RuntimeParts, config: ContainerConfig): Promise<number> {
  return (await storageOf(parts, config).lookup(config.id))?.mountCount ?? 0;
}

/** A container of which nothing is borrowed has no list. */
export function listed(borrowed: readonly BorrowedRoot[]): readonly BorrowedRoot[] | undefined {
  return borrowed.length === 0 ? undefined : borrowed;
}
