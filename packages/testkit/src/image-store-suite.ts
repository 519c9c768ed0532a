import { describe, it } from 'vitest';
import { type ImageStoreFixture, imageStoreChecks } from './image-store-checks.ts';

/** Runs every promise of the `ImageStore` contract against what `createFixture` makes, a fresh one for each. Mounts: needs root. */
export function imageStoreSuite(name: string, createFixture: () => Promise<ImageStoreFixture>): void {
  describe(`${name} as an ImageStore`, () => {
    for (const check of imageStoreChecks) {
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
