import { describeChecks } from './describe-checks.ts';
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
  describeChecks(`${name} as a Locker`, lockerChecks, createFixture);
}
