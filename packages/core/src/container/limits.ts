import type { HostFacts } from '../contracts/host.ts';
import { InvalidArgumentError, NotSupportedError } from '../errors.ts';
import type { DeviceCgroup, Resources } from '../oci/spec.ts';
import type { RuntimeParts } from '../runtime/parts.ts';
import { parseUlimit, unlimited } from '../spec/rlimits.ts';
import type { CreateContainerOptions } from './create-options.ts';

/** What of a new container's spec limits it. */
export interface Limits {
  readonly ulimits: readonly string[];
  readonly resources: Resources;
  readonly oomScoreAdj: number | undefined;
  readonly deviceRules: readonly DeviceCgroup[] | undefined;
}

/**
 * The limits that options ask for, over those of the configuration.
 * @throws {InvalidArgumentError} `invalid-limit`, `invalid-device-rule`; {NotFoundError} `no-such-device`.
 */
export async function limitsFor(parts: RuntimeParts, options: CreateContainerOptions, facts: HostFacts): Promise<Limits> {
  const { deviceCgroupRules = [] } = options;
  if (options.oomScoreAdj !== undefined && !(Math.abs(options.oomScoreAdj) <= 1000)) {
    throw new InvalidArgumentError(`invalid OOM score ${options.oomScoreAdj}: it is between -1000 and 1000`, {
      code: 'invalid-limit',
    });
  }
  if (options.ulimits !== undefined) noteLowered(parts, options.ulimits);
  return {
    ulimits: options.ulimits ?? parts.defaults.ulimits,
    resources: await resourcesFor(parts, options, facts),
    oomScoreAdj: options.oomScoreAdj,
    deviceRules: deviceCgroupRules.length === 0 ? undefined : await parseRules(deviceCgroupRules),
  };
}

/** What this machine's hard limits make of the caller's own; that those of the configuration are lowered is nothing to tell. */
function noteLowered({ host, log }: RuntimeParts, ulimits: readonly string[]): void {
  const granted = host.limits();
  for (const { type, hard } of ulimits.includes('host') ? [] : ulimits.map(parseUlimit)) {
    const ceiling = granted.get(type)?.hard;
    if (ceiling === undefined || hard <= ceiling) continue;
    const name = type.replace('RLIMIT_', '').toLowerCase();
    log(
      'warn',
      `ulimit ${name}=${hard >= unlimited ? 'unlimited' : hard} is above what the engine may grant here: it is ${ceiling}`,
    );
  }
}

async function resourcesFor(
  { defaults, host, log }: RuntimeParts,
  { resources, cgroups }: CreateContainerOptions,
  facts: HostFacts,
): Promise<Resources> {
  const isLimited = defaults.pidsLimit > 0 && cgroups !== 'disabled' && facts.cgroupControllers.includes('pids');
  const pids = isLimited ? { pids: { limit: defaults.pidsLimit } } : {};
  if (resources === undefined) return pids;
  const { newResources } = await import('../resources/for-creation.ts');
  return { ...pids, ...(await newResources(resources, host, (message) => log('warn', message))) };
}

async function parseRules(rules: readonly string[]): Promise<DeviceCgroup[]> {
  const { parseDeviceRule } = await import('../resources/device-rule.ts');
  return rules.map(parseDeviceRule);
}

/** @throws {NotSupportedError} `no-cgroups`; {InvalidArgumentError} `invalid-option`. */
export function checkCgroups(
  { cgroups, cgroupParent }: CreateContainerOptions,
  runtime: { readonly name: string; readonly capabilities: { readonly noCgroups: boolean } },
): void {
  if (cgroups === 'split' && cgroupParent !== undefined) {
    throw new InvalidArgumentError('cannot specify --cgroup-mode=split with a cgroup-parent: invalid argument', {
      code: 'invalid-option',
    });
  }
  if (cgroups !== 'disabled') return;
  if (cgroupParent !== undefined) {
    throw new InvalidArgumentError('cannot set cgroup parent if not creating cgroups: invalid argument', {
      code: 'invalid-option',
    });
  }
  if (!runtime.capabilities.noCgroups) {
    throw new NotSupportedError(`requested OCI runtime ${runtime.name} is not compatible with NoCgroups: invalid argument`, {
      code: 'no-cgroups',
      hint: 'use a runtime that can do without, such as crun',
    });
  }
}
