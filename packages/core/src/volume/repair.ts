import type { Intent } from '../contracts/state-store.ts';
import { recordEvent } from '../runtime/events.ts';
import type { RuntimeParts } from '../runtime/parts.ts';
import { driverNamed } from './drivers.ts';

/** Finishes what another process began with a volume, whose lock the caller holds. Answers whether it is gone. */
export async function finishVolumeIntent(
  parts: RuntimeParts,
  { name, driver, kind }: Extract<Intent, { object: 'volume' }>,
): Promise<boolean> {
  const { state } = parts;
  const isOpen = (await state.intents()).some((open) => open.object === 'volume' && open.name === name && open.kind === kind);
  if (!isOpen) return (await state.volume(name)) === undefined;
  parts.log('info', `finishing an interrupted ${kind === 'create' ? 'creation' : 'removal'} of volume ${name}`);
  await (await driverNamed(parts, driver)).remove(name);
  if (kind === 'create') await state.abandonVolume(name);
  else await finishRemoval(parts, name);
  return true;
}

/** The last step of a removal. */
export async function finishRemoval(parts: RuntimeParts, name: string): Promise<void> {
  await parts.state.finishVolumeRemoval(name);
  await recordEvent(parts, { type: 'volume', action: 'remove', name });
}
