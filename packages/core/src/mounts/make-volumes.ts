import { undo } from '../container/verbs/init.ts';
import { EngineError } from '../errors.ts';
import type { RuntimeParts } from '../runtime/parts.ts';
import { createVolume } from '../volume/create.ts';
import { removeAnonymous, removeVolume } from '../volume/remove.ts';
import type { ResolvedMounts } from './resolve.ts';

/**
 * Makes the volumes that a new container needs and that are not there, and answers the names of those that it made. A failure leaves none.
 * @param containerId for whom they are made, for repair
 */
export async function makeVolumes(
  parts: RuntimeParts,
  volumes: ResolvedMounts['newVolumes'],
  containerId: string,
): Promise<string[]> {
  const made: string[] = [];
  try {
    for (const volume of volumes) {
      try {
        await createVolume(parts, { ...volume, madeFor: containerId });
        made.push(volume.name);
      } catch (error) {
        // another container needed it at the same time, or this one needs it twice
        if (!isCode(error, 'volume-exists') || (await parts.state.volume(volume.name)) === undefined) throw error;
      }
    }
    return made;
  } catch (failure) {
    return undo(() => unmakeVolumes(parts, made), failure);
  }
}

/** Removes them, but for those that somebody else has begun to use. */
export async function unmakeVolumes(parts: RuntimeParts, made: readonly string[]): Promise<void> {
  for (const name of made) {
    try {
      await removeVolume(parts, name);
    } catch (error) {
      if (!isCode(error, 'volume-in-use') && !isCode(error, 'no-such-volume')) throw error;
    }
  }
}

/** The anonymous volumes of a container whose making was cut short. */
export async function removeVolumesMadeFor(parts: RuntimeParts, containerId: string): Promise<void> {
  const orphans = (await parts.state.volumes()).filter(({ config }) => config.madeFor === containerId);
  await removeAnonymous(
    parts,
    orphans.map(({ config }) => config.name),
  );
}

function isCode(error: unknown, code: string): boolean {
  return EngineError.isInstance(error) && error.code === code;
}
