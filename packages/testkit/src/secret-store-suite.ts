import { describeChecks } from './describe-checks.ts';
import { type SecretStoreFixture, secretStoreChecks } from './secret-store-checks.ts';

/** Runs every promise of the `SecretStore` contract against what `createFixture` makes, a fresh one for each. */
export function secretStoreSuite(name: string, createFixture: () => Promise<SecretStoreFixture>): void {
  describeChecks(`${name} as a SecretStore`, secretStoreChecks, createFixture);
}
