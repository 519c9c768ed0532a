/**
 * Sees to it that the health checks of running containers are done when they are due, whoever started the containers and whether that
 * process still lives. What is due when is in the state store; a scheduler only has `Runtime.runHealthChecks`, or `checkHealth` of the
 * container, called in time.
 */
export interface HealthScheduler {
  readonly specVersion: 'v1';
  /** A container that has a check with an interval, milliseconds, runs from now on. Its state is saved. */
  begin(containerId: string, interval: number): Promise<void>;
  /** Its run has ended. Its state is saved. Idempotent. */
  end(containerId: string): Promise<void>;
  /** Goes on with what a scheduler's process was killed at. Called by every command: costs next to nothing when there is nothing to do. */
  recover(): Promise<void>;
}
