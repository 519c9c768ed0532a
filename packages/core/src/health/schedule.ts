import type { LockedContainer } from '../container/guard.ts';
import { hasHealthCheck } from './config.ts';

/** The container runs: its checks are to be done. That nobody does them is logged, and no reason not to run. */
export async function beginChecks({ parts, config }: LockedContainer): Promise<void> {
  if (!hasHealthCheck(config.healthCheck) || config.healthCheck.interval === 0) return;
  try {
    await parts.health?.begin(config.id, config.healthCheck.interval);
  } catch (error) {
    parts.log('error', `the health checks of container ${config.id} can't be scheduled: ${(error as Error).message}`);
  }
}

/** Its run has ended. */
export async function endChecks({ parts, config }: LockedContainer): Promise<void> {
  if (!hasHealthCheck(config.healthCheck) || config.healthCheck.interval === 0) return;
  try {
    await parts.health?.end(config.id);
  } catch (error) {
    parts.log('warn', `the schedule of the health checks of container ${config.id} can't be ended: ${(error as Error).message}`);
  }
}
