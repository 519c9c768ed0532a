import type { RuntimeParts } from '../runtime/parts.ts';

type Leave = () => Promise<unknown>;

const attended = new WeakMap<RuntimeParts, Set<Leave>>();

/**
 * Remembers an exec session that this process has promised to finish when its process ends, until it is `finished`. `leave` resolves
 * when it is finished, if its process has ended, and otherwise when that is left to its exit command.
 */
export function attend(parts: RuntimeParts, finished: Promise<unknown>, leave: Leave): void {
  const all = attended.get(parts) ?? new Set();
  attended.set(parts, all.add(leave));
  const forget = () => void all.delete(leave);
  finished.then(forget, forget);
}

/** For the end of the engine: afterwards nobody here could finish them. */
export async function leaveAttended(parts: RuntimeParts): Promise<void> {
  await Promise.all([...(attended.get(parts) ?? [])].map((leave) => leave()));
}
