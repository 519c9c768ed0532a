import type { RuntimeParts } from '../runtime/parts.ts';

/** Name of the lock that a process holds while it promises to clean up a container or exec session itself. */
export function attendanceLock(id: string): string {
  return `attended-${id}`;
}

/** Takes away what is left of the lock when its holder died; one that is held is its holder's to take away. */
export async function dropAttendance(parts: RuntimeParts, id: string): Promise<void> {
  const lock = await parts.locker.tryAcquire(attendanceLock(id), { transient: true });
  await lock?.release({ forget: true });
}

/** Whether somebody holds that lock now. */
export async function isAttended(parts: RuntimeParts, id: string): Promise<boolean> {
  const lock = await parts.locker.tryAcquire(attendanceLock(id), { transient: true });
  await lock?.release({ forget: true });
  return lock === undefined;
}

type Leave = () => Promise<unknown>;

const attended = new WeakMap<RuntimeParts, Set<Leave>>();

/**
 * Remembers that this process attends something, until what is answered is called. `leave` finishes a clean-up that has begun; otherwise
 * it gives the lock back, for which the exit command waits.
 */
export function attend(parts: RuntimeParts, leave: Leave): () => void {
  const all = attended.get(parts) ?? new Set();
  attended.set(parts, all.add(leave));
  return () => void all.delete(leave);
}

/** For the end of the engine: afterwards nobody here could keep the promises. */
export async function leaveAttended(parts: RuntimeParts): Promise<void> {
  await Promise.all([...(attended.get(parts) ?? [])].map((leave) => leave()));
}
