import { describe, it } from 'vitest';
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
  describe(`${name} as an EventLog`, () => {
    for (const check of eventLogChecks) {
      it(check.name, async () => {
        const fixture = await createFixture();
        try {
          await check.run(fixture);
        } finally {
          await fixture.cleanup();
        }
      });
    }
  });
}
