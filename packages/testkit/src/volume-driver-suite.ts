import { describe, it } from 'vitest';
import { type VolumeDriverFixture, volumeDriverChecks } from './volume-driver-checks.ts';

/** Runs every promise of the `VolumeDriver` contract against what `createFixture` makes, a fresh one for each. May need root. */
export function volumeDriverSuite(name: string, createFixture: () => Promise<VolumeDriverFixture>): void {
  describe(`${name} as a VolumeDriver`, () => {
    for (const check of volumeDriverChecks) {
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
