import type { ProcessIdentity, Sandbox, UserMode } from '@tspod/core';

/** What a sandbox has: written ahead of each step. */
export interface SandboxRecord {
  readonly containerId: string;
  readonly mode: UserMode;
  readonly sandbox: Sandbox;
  /** Helpers at work for it. */
  readonly processes: readonly ProcessIdentity[];
}
