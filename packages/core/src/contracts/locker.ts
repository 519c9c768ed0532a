/**
 * Locks by name that work across processes and are released by the kernel when their holder dies. Within one process, too, a
 * name is held at most once. Waiting never blocks the event loop.
 *
 * Fixed order: an object's lock, then the state store, then the storage. Never the other way.
 */
export interface Locker {
  readonly specVersion: 'v1';

  /**
   * Waits until the lock is free. Not re-entrant.
   * @param name `[a-zA-Z0-9][a-zA-Z0-9_.-]*`, e.g. a container id.
   * @throws the signal's reason when aborted.
   */
  acquire(name: string, options?: { readonly signal?: AbortSignal | undefined }): Promise<Lock>;

  /** The lock, or undefined at once when somebody holds it. */
  tryAcquire(name: string): Promise<Lock | undefined>;

  /** The file that carries the lock, for a shell's `flock`. */
  pathOf(name: string): string;
}

export interface Lock extends AsyncDisposable {
  readonly name: string;
  /** `forget`: also remove the lock's file, because the object is gone. Idempotent. */
  release(options?: { readonly forget?: boolean }): Promise<void>;
}
