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
