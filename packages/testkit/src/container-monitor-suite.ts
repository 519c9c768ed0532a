import type { ContainerMonitor, OciRuntime } from '@tspod/core';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { containerMonitorChecks } from './container-monitor-checks.ts';
import { type BundleWorkshop, createBundleWorkshop } from './minimal-bundle.ts';
import { createMonitorHarness } from './monitor-harness.ts';

/** What a `ContainerMonitor` is checked with. `directory` is temporary and removed afterwards. */
export type ContainerMonitorFactory = (directory: string) => { readonly monitor: ContainerMonitor; readonly runtime: OciRuntime };

/**
 * Runs every promise of the `ContainerMonitor` contract with real containers. Needs root, and busybox-static as `/bin/busybox`.
 *
 * @example
 * containerMonitorSuite('conmon with crun', (directory) => ({
 *   monitor: createConmonMonitor(),
 *   runtime: createCrun({ stateRoot: `${directory}/crun` }, { host }),
 * }));
 */
export function containerMonitorSuite(name: string, create: ContainerMonitorFactory): void {
  describe(`${name} as a ContainerMonitor`, () => {
    let workshop: BundleWorkshop;
    beforeAll(() => {
      workshop = createBundleWorkshop();
    });
    afterAll(() => workshop.remove());

    for (const check of containerMonitorChecks) {
      it(check.name, async () => {
        const { monitor, runtime } = create(workshop.directory);
        const harness = createMonitorHarness(monitor, runtime, workshop);
        try {
          await check.run(harness);
        } finally {
          await harness.cleanup();
        }
      });
    }
  });
}
