import { afterAll, beforeAll, describe } from 'vitest';
import type { Check } from './check.ts';
import { describeChecks } from './describe-checks.ts';
import { type BundleWorkshop, createBundleWorkshop } from './minimal-bundle.ts';

/** Makes a test of every check; all of their fixtures make their bundles in one workshop. */
export function describeInWorkshop<Fixture extends { cleanup(): Promise<void> }, OneCheck extends Check<Fixture>>(
  title: string,
  checks: readonly OneCheck[],
  createFixture: (workshop: BundleWorkshop) => Fixture,
  applies?: (check: OneCheck, fixture: Fixture) => boolean,
): void {
  describe(title, () => {
    let workshop: BundleWorkshop;
    beforeAll(() => {
      workshop = createBundleWorkshop();
    });
    afterAll(() => workshop.remove());

    describeChecks('with real containers', checks, async () => createFixture(workshop), applies);
  });
}
