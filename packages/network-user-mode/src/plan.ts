import type { ProcessIdentity, Sandbox } from '@tspod/core';

/** What a mode makes of a request before anything is started. */
export interface Plan {
  readonly sandbox: Sandbox;
  /** Starts what serves the namespace; resolves when it works. Helpers may make files in the directory, which go with the sandbox. */
  start(directory: string): Promise<StartedHelpers>;
}

export interface StartedHelpers {
  readonly processes: readonly ProcessIdentity[];
  /** The helpers end with the last copy of it. */
  readonly lifeline?: number | undefined;
}
