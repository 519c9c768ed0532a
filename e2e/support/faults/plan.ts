/** Which step of a command goes wrong, and how. Handed to `hook.ts` in the variable `TSPOD_FAULT`, as JSON. */
export interface FaultPlan {
  /** Number of the step, from 1. A command that takes fewer is left alone. */
  readonly at: number;
  /**
   * `SIGKILL`: the process ends right before the step. `ENOSPC`: from that step on everything fails that needs space. `EROFS`: from that
   * step on everything fails that changes a file, as it does with `EIO`, of which files are told that are synchronised. `fsync`: only
   * such calls count, and that one fails.
   */
  readonly fault: 'SIGKILL' | 'ENOSPC' | 'EROFS' | 'EIO' | 'fsync';
  /** Only steps that change something below this directory count; for failures, which come to one file system. */
  readonly below?: string | undefined;
  /** File that tells what happened, see `FaultReport`. */
  readonly report: string;
}

export interface FaultReport {
  /** Steps that were taken, the failing one included. */
  readonly steps: number;
  /** What went wrong: a call and its subject. Undefined: the command took fewer steps. */
  readonly hit?: string | undefined;
}

export const planVariable = 'TSPOD_FAULT';
