import { EngineError } from '../errors.ts';
import type { RuntimeParts } from '../runtime/parts.ts';
import { driverNamed } from './drivers.ts';
import { withVolumeLocked } from './lock.ts';
import { finishRemoval } from './repair.ts';

/**
 * Removes a volume and its data.
 * @throws {NotFoundError} `no-such-volume`; {InUseError} `volume-in-use` with the ids of the containers.
 */
export async function removeVolume(parts: RuntimeParts, name: string): Promise<void> {
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

function hasCode(error: unknown, code: string): boolean {
  return EngineError.isInstance(error) && error.code === code;
}
