import type { RuntimeParts } from '../runtime/parts.ts';

/** Name of the lock of a volume, whose name may be one of a container's, too. */
export function volumeLock(name: string): string {
  return `volume-${name}`;
}

/** Holds the volume's lock while `act` works; a container's lock may be held already, never the other way. */
export async function withVolumeLocked<Result>(
  parts: RuntimeParts,
  name: string,
  act: () => Promise<Result>,
  options: { readonly forget?: boolean } = {},
): Promise<Result> {
  const lock = await parts.locker.acquire(volumeLock(name));
  let isDone = false;
  try {
    const result = await act();
    isDone = true;
    return result;
  } finally {
    await lock.release({ forget: isDone && (options.forget ?? false) });
  }
}
