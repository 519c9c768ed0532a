import { describeChecks } from './describe-checks.ts';
import { type EventLogFixture, eventLogChecks } from './event-log-checks.ts';

/**
 * Runs every promise of the `EventLog` contract against the logs that `createFixture` makes, a fresh one for each.
 *
 * @example
 * eventLogSuite('files', async () => {
 *   const directory = await mkdtemp('/var/tmp/events-');
 *   return { open: async () => createMyEventLog({ directory }), cleanup: () => rm(directory, { recursive: true }) };
 * });
 */
export function eventLogSuite(name: string, createFixture: () => Promise<EventLogFixture>): void {
  describeChecks(`${name} as an EventLog`, eventLogChecks, createFixture);
}
