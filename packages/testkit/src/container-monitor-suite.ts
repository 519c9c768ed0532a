import type { ContainerMonitor, OciRuntime } from '@tspod/core';
import { containerMonitorChecks } from './container-monitor-checks.ts';
import { describeInWorkshop } from './describe-in-workshop.ts';
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
  describeInWorkshop(`${name} as a ContainerMonitor`, containerMonitorChecks, (workshop) => {
    const { monitor, runtime } = create(workshop.directory);
    return createMonitorHarness(monitor, runtime, workshop);
  });
}
