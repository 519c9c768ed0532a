import { describeChecks } from './describe-checks.ts';
import { type ImageStoreFixture, imageStoreChecks } from './image-store-checks.ts';

/** Runs every promise of the `ImageStore` contract against what `createFixture` makes, a fresh one for each. Mounts: needs root. */
export function imageStoreSuite(name: string, createFixture: () => Promise<ImageStoreFixture>): void {
  describeChecks(`${name} as an ImageStore`, imageStoreChecks, createFixture);
}
