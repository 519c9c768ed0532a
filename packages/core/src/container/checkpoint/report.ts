import type { CriuStatistics } from './statistics.ts';

/** What came of a checkpoint or of a restore. */
export interface CheckpointReport {
  readonly id: string;
  /** Microseconds that the OCI runtime took. */
  readonly runtimeDuration: number;
  /** Undefined when the runtime left none. */
  readonly statistics: CriuStatistics | undefined;
}
