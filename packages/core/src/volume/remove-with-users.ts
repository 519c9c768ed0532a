import { unlessGone } from '../container/no-such-container.ts';
import { remove as removeContainer } from '../container/verbs/remove.ts';
import type { RuntimeParts } from '../runtime/parts.ts';
import { removeVolume } from './remove.ts';

export interface RemoveVolumeOptions {
  /** Remove the containers that use it first, those that run, too. Default: false. */
  readonly force?: boolean | undefined;
  /** Seconds of patience for each of these. Default: the container's own. */
  readonly timeout?: number | undefined;
}

/** As `removeVolume`, and by force the containers that use it go first. */
export async function removeWithUsers(parts: RuntimeParts, name: string, options: RemoveVolumeOptions = {}): Promise<void> {
  if (options.force) await removeUsers(parts, name, options.timeout);
  await removeVolume(parts, name);
}

async function removeUsers(parts: RuntimeParts, name: string, timeout: number | undefined): Promise<void> {
  for (const id of await parts.state.volumeUsers(name)) {
    await unlessGone(removeContainer(parts, id, { force: true, timeout, volumes: false }));
  }
}
