import { describe, it } from 'vitest';
import { type SecretStoreFixture, secretStoreChecks } from './secret-store-checks.ts';

/** Runs every promise of the `SecretStore` contract against what `createFixture` makes, a fresh one for each. */
export function secretStoreSuite(name: string, createFixture: () => Promise<SecretStoreFixture>): void {
  describe(`${name} as a SecretStore`, () => {
    for (const check of secretStoreChecks) {
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
