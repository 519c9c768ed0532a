import { describeChecks } from './describe-checks.ts';
import { type HostCheck, type HostFixture, hostChecks } from './host-checks.ts';

/**
 * Runs every promise of the `Host` contract against what `createFixture` makes, a fresh one for each. Only what the host says that its
 * machine can't do is skipped. Mounts, and makes cgroups: needs root, and util-linux.
 */
export function hostSuite(name: string, createFixture: () => Promise<HostFixture>): void {
  describeChecks(`${name} as a Host`, hostChecks, createFixture, hostCheckApplies);
}

/** Whether the machine, as the host describes it, has what the check is about. */
export async function hostCheckApplies({ needs }: HostCheck, { instance }: HostFixture): Promise<boolean> {
  return needs({ facts: await instance.facts(), limits: await instance.limitSupport() });
}
