import { describeChecks } from './describe-checks.ts';
import { type StateStoreFixture, stateStoreChecks } from './state-store-checks.ts';

/**
 * Runs every promise of the `StateStore` contract against the stores that `createFixture` makes, a fresh one for each.
 *
 * @example
 * stateStoreSuite('sqlite', async () => {
 *   const directory = await mkdtemp('/var/tmp/state-');
 *   return { open: async () => …, reboot: async () => …, cleanup: () => rm(directory, { recursive: true }) };
 * });
 */
export function stateStoreSuite(name: string, createFixture: () => Promise<StateStoreFixture>): void {
  describeChecks(`${name} as a StateStore`, stateStoreChecks, createFixture);
}
