import { remove as removeContainer } from '../container/verbs/remove.ts';
import { EngineError } from '../errors.ts';
import type { RuntimeParts } from '../runtime/parts.ts';
import { driverNamed } from './drivers.ts';
import { withVolumeLocked } from './lock.ts';
import { finishRemoval } from './repair.ts';

export interface RemoveVolumeOptions {
  /** Remove the containers that use it first, those that run, too. Default: false. */
  readonly force?: boolean | undefined;
  /** Seconds of patience for each of these. Default: the container's own. */
  readonly timeout?: number | undefined;
}

/**
 * Removes a volume and its data.
 * @throws {NotFoundError} `no-such-volume`; {InUseError} `volume-in-use` with the ids of the containers.
 */
export async function removeVolume(parts: RuntimeParts, name: string, options: RemoveVolumeOptions = {}): Promise<void> {
  if (options.force) await removeUsers(parts, name, options.timeout);
  await withVolumeLocked(
    parts,
    name,
    async () => {
      const stored = await parts.state.volume(name);
      await parts.state.beginVolumeRemoval(name);
      await (await driverNamed(parts, stored?.config.driver)).remove(name);
      await finishRemoval(parts, name);
    },
    { forget: true },
  );
}

/** Of these volumes, those that were made for one container and that nobody uses now. */
export async function removeAnonymous(parts: RuntimeParts, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const volume = await parts.state.volume(name);
    if (!volume?.config.anonymous) continue;
    try {
      await removeVolume(parts, name);
    } catch (error) {
      if (!hasCode(error, 'volume-in-use') && !hasCode(error, 'no-such-volume')) throw error;
    }
  }
}

async function removeUsers(parts: RuntimeParts, name: string, timeout: number | undefined): Promise<void> {
  for (const id of await parts.state.volumeUsers(name)) {
    try {
      await removeContainer(parts, id, { force: true, timeout, volumes: false });
    } catch (error) {
      if (!hasCode(error, 'no-such-container')) throw error;
    }
  }
}

function hasCode(error: unknown, code: string): boolean {
  return EngineError.isInstance(error) && error.code === code;
}
