import { describeChecks } from './describe-checks.ts';
import { type VolumeDriverFixture, volumeDriverChecks } from './volume-driver-checks.ts';

/** Runs every promise of the `VolumeDriver` contract against what `createFixture` makes, a fresh one for each. May need root. */
export function volumeDriverSuite(name: string, createFixture: () => Promise<VolumeDriverFixture>): void {
  describeChecks(`${name} as a VolumeDriver`, volumeDriverChecks, createFixture);
}
