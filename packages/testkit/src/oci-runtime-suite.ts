import type { OciRuntime } from '@tspod/core';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { type BundleWorkshop, createBundleWorkshop } from './minimal-bundle.ts';
import { createOciRuntimeFixture, ociRuntimeChecks } from './oci-runtime-checks.ts';

/** `directory` is temporary and removed afterwards: keep the runtime's state in there. */
export type OciRuntimeFactory = (directory: string) => OciRuntime;

/**
 * Runs every promise of the `OciRuntime` contract with real containers; only what the runtime's capabilities rule out is skipped.
 * Needs root, and busybox-static as `/bin/busybox`.
 *
 * @example
 * ociRuntimeSuite('crun', (directory) => createCrun({ stateRoot: `${directory}/crun` }, { host }));
 */
export function ociRuntimeSuite(name: string, create: OciRuntimeFactory): void {
  describe(`${name} as an OciRuntime`, () => {
    let workshop: BundleWorkshop;
    beforeAll(() => {
      workshop = createBundleWorkshop();
    });
    afterAll(() => workshop.remove());

    for (const check of ociRuntimeChecks) {
      it(check.name, async ({ skip }) => {
        const fixture = createOciRuntimeFixture(create(workshop.directory), workshop);
        if (!check.needs(fixture.runtime.capabilities)) skip(`the runtime's capabilities rule it out`);
        try {
          await check.run(fixture);
        } finally {
          await fixture.cleanup();
        }
      });
    }
  });
}
