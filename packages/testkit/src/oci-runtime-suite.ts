import type { OciRuntime } from '@tspod/core';
import { describeInWorkshop } from './describe-in-workshop.ts';
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
  describeInWorkshop(
    `${name} as an OciRuntime`,
    ociRuntimeChecks,
    (workshop) => createOciRuntimeFixture(create(workshop.directory), workshop),
    ({ needs }, { runtime }) => needs(runtime.capabilities),
  );
}
