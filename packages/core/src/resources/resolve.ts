import type { Host, LimitSupport } from '../contracts/host.ts';
import { InvalidArgumentError, NotFoundError } from '../errors.ts';
import type { Resources } from '../oci/spec.ts';
import { parseCpuList } from './cpu-list.ts';
import type { DeviceRate, DeviceWeight, ResourceOptions } from './options.ts';

/** What `cpus` is counted in. */
const usualPeriod = 100_000;
const shortestPeriod = 1_000;
const longestPeriod = 1_000_000;

/** In the OCI spec. */
const noLimit = -1;

type BlockIo = NonNullable<Resources['blockIO']>;

/**
 * The OCI resources that options ask for, checked against the machine. What the kernel can't limit is left out, and `warn` told of
 * it, as podman does. A limit that is to be lifted is -1. `checkMemory` looks at what belongs together.
 *
 * @throws {InvalidArgumentError} `invalid-limit`; {NotFoundError} `no-such-device`.
 */
export async function resolveResources(
  options: ResourceOptions,
  host: Pick<Host, 'limitSupport' | 'deviceNumbers'>,
  warn: (message: string) => void,
): Promise<Resources> {
  const support = await host.limitSupport();
  const memory = memoryOf(options, support, warn);
  const cpu = cpuOf(options, support, warn);
  const pids = pidsOf(options, support, warn);
  const blockIO = await blockIoOf(options, { host, support, warn });
  return { ...memory, ...cpu, ...pids, ...blockIO, ...hugePagesOf(options), ...unifiedOf(options, support) };
}

type Warn = (message: string) => void;

/** Leaves `value` out where there is no support for it. */
function supported<Value>(value: Value | undefined, isSupported: boolean, warn: Warn, warning: string): Value | undefined {
  if (value === undefined || isSupported) return value;
  warn(warning);
  return undefined;
}

/** @throws {InvalidArgumentError} `invalid-limit` when they contradict each other; swap may be -1, memory 0. */
export function checkMemory({ limit, reservation, swap }: NonNullable<Resources['memory']>): void {
  const isLimited = limit !== undefined && limit > 0;
  if (swap !== undefined && swap >= 0) {
    if (!isLimited) throw invalid('you should always set a memory limit when using a memoryswap limit, see usage');
    if (swap < limit) throw invalid('minimum memoryswap limit should be larger than memory limit, see usage');
  }
  if (isLimited && reservation !== undefined && limit < reservation) {
    throw invalid('minimum memory limit cannot be less than memory reservation limit, see usage');
  }
}

function memoryOf(options: ResourceOptions, support: LimitSupport, warn: Warn): Pick<Resources, 'memory'> {
  const { memory, memorySwap, memoryReservation, memorySwappiness, oomKillDisable } = options;
  requireWhole({ memory, memoryReservation, memorySwappiness });
  if (memorySwappiness !== undefined && memorySwappiness > 100) {
    throw invalid(`invalid value: ${memorySwappiness}, valid memory swappiness range is 0-100`);
  }
  const limit = supported(
    memory === 0 ? noLimit : memory,
    support.memory,
    warn,
    'Your kernel does not support memory limit capabilities or the cgroup is not mounted. Limitation discarded.',
  );
  const swap = supported(
    memory !== undefined && limit === undefined ? undefined : (memorySwap ?? defaultSwap(memory)),
    support.swap,
    warn,
    'Your kernel does not support swap limit capabilities or the cgroup is not mounted. Memory limited without swap.',
  );
  const reservation = supported(
    memoryReservation,
    support.memoryReservation,
    warn,
    'Your kernel does not support memory soft limit capabilities or the cgroup is not mounted. Limitation discarded.',
  );
  const swappiness = supported(
    memorySwappiness,
    support.swappiness,
    warn,
    'Your kernel does not support memory swappiness capabilities, or the cgroup is not mounted. Memory swappiness discarded.',
  );
  const disableOOMKiller = supported(
    oomKillDisable || undefined,
    support.oomKillDisable,
    warn,
    'Your kernel does not support OomKillDisable. OomKillDisable discarded.',
  );
  return section('memory', { limit, reservation, swap, swappiness, disableOOMKiller });
}

function defaultSwap(memory: number | undefined): number | undefined {
  if (memory === undefined) return undefined;
  return memory === 0 ? noLimit : 2 * memory;
}

function cpuOf(options: ResourceOptions, support: LimitSupport, warn: Warn): Pick<Resources, 'cpu'> {
  const { cpus, cpuShares, cpuRealtimePeriod, cpuRealtimeRuntime, cpusetCpus, cpusetMems } = options;
  requireWhole({ cpuShares, cpuRealtimePeriod, cpuRealtimeRuntime, cpuPeriod: options.cpuPeriod });
  if (cpus !== undefined && !(Number.isFinite(cpus) && cpus >= 0)) throw invalid(`invalid number of CPUs: ${cpus}`);
  const quotas = quotaOf(options);
  const shares = supported(
    cpuShares || undefined,
    support.cpuShares,
    warn,
    'Your kernel does not support CPU shares or the cgroup is not mounted. Shares discarded.',
  );
  const period = supported(
    quotas.period,
    support.cpuQuota,
    warn,
    'Your kernel does not support CPU cfs period or the cgroup is not mounted. Period discarded.',
  );
  const quota = supported(
    quotas.quota,
    support.cpuQuota,
    warn,
    'Your kernel does not support CPU cfs quota or the cgroup is not mounted. Quota discarded.',
  );
  const isWithout = (cpusetCpus || cpusetMems) && !support.cpuset;
  if (isWithout) warn('Your kernel does not support cpuset or the cgroup is not mounted. CPUset discarded.');
  const sets = isWithout ? {} : { cpus: cpusetCpus || undefined, mems: cpusetMems || undefined };
  requireAvailable(sets.cpus, support.cpus, 'cpuset cpus', 'CPUs');
  requireAvailable(sets.mems, support.mems, 'cpuset mems', 'memory nodes');
  return section('cpu', {
    shares,
    quota,
    period,
    realtimeRuntime: cpuRealtimeRuntime || undefined,
    realtimePeriod: cpuRealtimePeriod || undefined,
    ...sets,
  });
}

function quotaOf({ cpus, cpuPeriod, cpuQuota }: ResourceOptions): { period?: number | undefined; quota?: number | undefined } {
  const ofCpus = cpus
    ? { period: usualPeriod, quota: Math.trunc(cpus * usualPeriod) }
    : { period: undefined, quota: cpus === 0 ? noLimit : undefined };
  const period = cpuPeriod || ofCpus.period;
  const quota = cpuQuota || ofCpus.quota;
  if (cpus && cpuPeriod) throw invalid('--cpu-period and --cpus cannot be set together');
  if (cpus && cpuQuota) throw invalid('--cpu-quota and --cpus cannot be set together');
  if (period !== undefined && !(period >= shortestPeriod && period <= longestPeriod)) {
    throw invalid('CPU cfs period cannot be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)');
  }
  if (quota !== undefined && quota !== noLimit && quota < shortestPeriod) {
    throw invalid('CPU cfs quota cannot be less than 1ms (i.e. 1000)');
  }
  return { period, quota };
}

function requireAvailable(wanted: string | undefined, available: string, flag: string, things: string): void {
  if (wanted === undefined) return;
  const numbers = parseCpuList(wanted);
  if (numbers === undefined) throw invalid(`invalid value ${wanted} for ${flag}`, 'give numbers and ranges, e.g. 0-3,7');
  const there = parseCpuList(available);
  if (there !== undefined && [...numbers].some((number) => !there.has(number))) {
    throw invalid(`requested ${things} are not available - requested ${wanted}, available: ${available}`);
  }
}

function pidsOf({ pidsLimit }: ResourceOptions, support: LimitSupport, warn: Warn): Pick<Resources, 'pids'> {
  if (pidsLimit === undefined) return {};
  if (!Number.isInteger(pidsLimit) || pidsLimit < -1) {
    throw invalid(`invalid pids limit ${pidsLimit}`, 'give a number of processes, or -1 for no limit');
  }
  const limit = supported(
    pidsLimit || noLimit,
    support.pids || pidsLimit <= 0,
    warn,
    'Your kernel does not support pids limit capabilities or the cgroup is not mounted. PIDs limit discarded.',
  );
  return limit === undefined ? {} : { pids: { limit } };
}

interface Machine {
  readonly host: Pick<Host, 'deviceNumbers'>;
  readonly support: LimitSupport;
  readonly warn: Warn;
}

async function blockIoOf(options: ResourceOptions, { host, support, warn }: Machine): Promise<Pick<Resources, 'blockIO'>> {
  const { blockIoWeight, blockIoWeightDevices } = options;
  const weight = supported(
    blockIoWeight,
    support.blockIoWeight,
    warn,
    'Your kernel does not support Block I/O weight or the cgroup is not mounted. Weight discarded.',
  );
  if (weight !== undefined && !(weight >= 10 && weight <= 1000)) throw invalid('range of blkio weight is from 10 to 1000');
  const weightDevice = await weightsOf(host, blockIoWeightDevices);
  const throttles = await Promise.all(
    throttleKinds.map(async ([option, member, what]) => {
      const rates = supported(
        await ratesOf(host, options[option]),
        support.blockIoThrottle,
        warn,
        `Your kernel does not support ${what} limit or the cgroup is not mounted. Block I/O ${what.replace('Block I/O ', '')} limit discarded`,
      );
      return [member, rates] as const;
    }),
  );
  return section<'blockIO', BlockIo>('blockIO', {
    weight,
    weightDevice: supported(
      weightDevice,
      support.blockIoWeightDevice,
      warn,
      'Your kernel does not support Block I/O weight_device or the cgroup is not mounted. Weight-device discarded.',
    ),
    ...Object.fromEntries(throttles),
  });
}

const throttleKinds = [
  ['deviceReadBps', 'throttleReadBpsDevice', 'BPS Block I/O read'],
  ['deviceWriteBps', 'throttleWriteBpsDevice', 'BPS Block I/O write'],
  ['deviceReadIops', 'throttleReadIOPSDevice', 'IOPS Block I/O read'],
  ['deviceWriteIops', 'throttleWriteIOPSDevice', 'IOPS Block I/O write'],
] as const satisfies readonly (readonly [keyof ResourceOptions, keyof BlockIo, string])[];

async function weightsOf(host: Pick<Host, 'deviceNumbers'>, weights: readonly DeviceWeight[] = []) {
  const found = [];
  for (const { path, weight } of weights) {
    if (!(weight === 0 || (weight >= 10 && weight <= 1000))) throw invalid(`invalid weight for device: ${path}:${weight}`);
    const numbers = await host.deviceNumbers(path);
    if (numbers === undefined) {
      throw noSuchDevice(`failed to inspect '${path}' in --blkio-weight-device: no such file or directory`);
    }
    found.push({ ...numbers, weight });
  }
  return found.length === 0 ? undefined : found;
}

async function ratesOf(host: Pick<Host, 'deviceNumbers'>, rates: readonly DeviceRate[] = []) {
  const found = [];
  for (const { path, rate } of rates) {
    requireWhole({ [`the rate of ${path}`]: rate });
    const numbers = await host.deviceNumbers(path);
    if (numbers === undefined) throw noSuchDevice(`could not parse throttle device at ${path}: no such file or directory`);
    found.push({ ...numbers, rate });
  }
  return found.length === 0 ? undefined : found;
}

function hugePagesOf({ hugePages = [] }: ResourceOptions): Pick<Resources, 'hugepageLimits'> {
  return hugePages.length === 0 ? {} : { hugepageLimits: hugePages.map(({ pageSize, limit }) => ({ pageSize, limit })) };
}

function unifiedOf({ unified = {} }: ResourceOptions, support: LimitSupport): Pick<Resources, 'unified'> {
  if (Object.keys(unified).length === 0) return {};
  if (!support.unified) throw invalid('cannot use --cgroup-conf without cgroup v2');
  return { unified: { ...unified } };
}

/** A section with what of it is defined; nothing of nothing. */
function section<Name extends keyof Resources, Section extends object>(name: Name, members: Section): Pick<Resources, Name> {
  const defined = Object.entries(members).filter(([, value]) => value !== undefined);
  return (defined.length === 0 ? {} : { [name]: Object.fromEntries(defined) }) as Pick<Resources, Name>;
}

function requireWhole(values: Readonly<Record<string, number | undefined>>): void {
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined && !(Number.isSafeInteger(value) && value >= 0)) {
      throw invalid(`invalid value for ${name}: ${value}`, 'give a whole number that is not negative');
    }
  }
}

function noSuchDevice(message: string): NotFoundError {
  return new NotFoundError(message, { code: 'no-such-device' });
}

function invalid(message: string, hint?: string): InvalidArgumentError {
  return new InvalidArgumentError(message, { code: 'invalid-limit', hint });
}
