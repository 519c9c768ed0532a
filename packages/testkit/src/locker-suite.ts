import { describe, it } from 'vitest';
import { type LockerFixture, lockerChecks } from './locker-checks.ts';

/**
 * Runs every promise of the `Locker` contract against the lockers that `createFixture` makes, a fresh set of locks for each.
 *
 * @example
 * lockerSuite('files', async () => {
 *   const directory = await mkdtemp('/tmp/locks-');
 *   return { open: async () => createMyLocker({ directory }), holdElsewhere: …, cleanup: () => rm(directory, { recursive: true }) };
 * });
 */
export function lockerSuite(name: string, createFixture: () => Promise<LockerFixture>): void {
  describe(`${name} as a Locker`, () => {
    for (const check of lockerChecks) {
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
