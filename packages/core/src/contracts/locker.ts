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
  acquire(name: string, options?: LockOptions & { readonly signal?: AbortSignal | undefined }): Promise<Lock>;

  /** The lock, or undefined at once when somebody holds it. */
  tryAcquire(name: string, options?: LockOptions): Promise<Lock | undefined>;

  /** Takes away what is left of transient locks whose holders died. Costs next to nothing when there is nothing. */
  sweep(): Promise<void>;

  /** Names of which something is kept: those that are held, and those that were and were not forgotten. */
  names(): Promise<readonly string[]>;

  /** The file that carries the lock, for a shell's `flock`. */
  pathOf(name: string): string;
}

export interface LockOptions {
  /**
   * The lock's object is about to be made or removed: should the holder die, `sweep` forgets the lock. Without it the lock's file
   * stays for the next holder. Default: false.
   */
  readonly transient?: boolean | undefined;
}

export interface Lock extends AsyncDisposable {
  readonly name: string;
  /** `forget`: also remove the lock's file, because the object is gone. Idempotent. */
  release(options?: { readonly forget?: boolean }): Promise<void>;
}
