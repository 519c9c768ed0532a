import {
  type CreateContainerOptions,
  type CreatePodOptions,
  type DeviceRate,
  type DeviceWeight,
  InvalidArgumentError,
  parseByteSize,
  type ResourceOptions,
} from '@tspod/core';
import type { FlagValues } from '../grammar/flags.ts';
import type { Output } from '../output.ts';
import type { limitFlags, podLimitFlags, resourceFlags } from './limit-flags.ts';

type LimitOptions = Pick<
  CreateContainerOptions,
  'resources' | 'ulimits' | 'shmSize' | 'oomScoreAdj' | 'deviceCgroupRules' | 'cgroups'
>;

const cgroupModes: readonly string[] = ['enabled', 'disabled', 'no-conmon', 'split'];

/** @throws {InvalidArgumentError} naming the value that can't be used. */
export function limitOptions(flags: FlagValues<typeof limitFlags>, output: Output): LimitOptions {
  if (flags['kernel-memory'] !== undefined) {
    output.warning('the --kernel-memory flag is no longer supported. This flag is a noop.');
  }
  const cgroups = flags.cgroups || undefined;
  if (cgroups !== undefined && !cgroupModes.includes(cgroups)) {
    throw invalid(`running container create option: invalid cgroup mode "${cgroups}": invalid argument`);
  }
  const resources: ResourceOptions = {
    ...resourceOptions(flags),
    ...defined({
      pidsLimit: flags['pids-limit'],
      oomKillDisable: flags['oom-kill-disable'] || undefined,
      unified: flags['cgroup-conf'].length === 0 ? undefined : Object.fromEntries(flags['cgroup-conf'].map(parseSetting)),
    }),
  };
  return {
    resources: Object.keys(resources).length === 0 ? undefined : resources,
    ulimits: flags.ulimit.length === 0 ? undefined : flags.ulimit,
    shmSize: sizeOf(flags['shm-size'], 'unable to translate --shm-size'),
    oomScoreAdj: flags['oom-score-adj'],
    deviceCgroupRules: flags['device-cgroup-rule'].length === 0 ? undefined : flags['device-cgroup-rule'],
    cgroups: cgroups as LimitOptions['cgroups'],
  };
}

/** What the flags that `update` shares ask for; nothing that was not given. @throws {InvalidArgumentError} */
export function resourceOptions(flags: Partial<FlagValues<typeof resourceFlags>>): ResourceOptions {
  const { cpus, 'memory-swappiness': swappiness = -1 } = flags;
  if (cpus !== undefined && flags['cpu-period'] !== undefined) throw invalid('--cpu-period and --cpus cannot be set together');
  if (cpus !== undefined && flags['cpu-quota'] !== undefined) throw invalid('--cpu-quota and --cpus cannot be set together');
  const memorySize = (text: string | undefined) => sizeOf(text, 'invalid value for memory');
  return defined({
    memory: memorySize(flags.memory),
    memoryReservation: memorySize(flags['memory-reservation']),
    memorySwap: flags['memory-swap'] === '-1' ? -1 : memorySize(flags['memory-swap']),
    memorySwappiness: swappiness < 0 ? undefined : swappiness,
    cpus: cpus === undefined ? undefined : Math.max(cpus, 0),
    cpuPeriod: flags['cpu-period'],
    cpuQuota: flags['cpu-quota'],
    cpuShares: flags['cpu-shares'],
    cpuRealtimePeriod: flags['cpu-rt-period'],
    cpuRealtimeRuntime: flags['cpu-rt-runtime'],
    cpusetCpus: flags['cpuset-cpus'],
    cpusetMems: flags['cpuset-mems'],
    blockIoWeight: weightOf(flags['blkio-weight']),
    blockIoWeightDevices: each(flags['blkio-weight-device'], parseDeviceWeight),
    deviceReadBps: each(flags['device-read-bps'], parseByteRate),
    deviceWriteBps: each(flags['device-write-bps'], parseByteRate),
    deviceReadIops: each(flags['device-read-iops'], parseRate),
    deviceWriteIops: each(flags['device-write-iops'], parseRate),
  });
}

/** What the flags of `pod create` ask for. @throws {InvalidArgumentError} */
export function podLimitOptions(flags: FlagValues<typeof podLimitFlags>): Pick<CreatePodOptions, 'resources' | 'shmSize'> {
  const resources = resourceOptions(flags);
  return {
    resources: Object.keys(resources).length === 0 ? undefined : resources,
    shmSize: sizeOf(flags['shm-size'], 'unable to translate --shm-size'),
  };
}

/** Without what is undefined: an update changes what is named. */
function defined(options: ResourceOptions): ResourceOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

function each<Value>(texts: readonly string[] = [], parse: (text: string) => Value): Value[] | undefined {
  return texts.length === 0 ? undefined : texts.map(parse);
}

function sizeOf(text: string | undefined, what: string): number | undefined {
  if (text === undefined || text === '') return undefined;
  try {
    return parseByteSize(text);
  } catch (error) {
    throw invalid(`${what}: ${(error as Error).message}`);
  }
}

function weightOf(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined;
  if (!/^\d+$/.test(text)) throw invalid(`invalid value for blkio-weight: strconv.ParseUint: parsing "${text}": invalid syntax`);
  return Number(text);
}

function parseDeviceWeight(text: string): DeviceWeight {
  const [path, weight] = splitDevice(text);
  if (!/^\d+$/.test(weight)) throw invalid(`invalid weight for device: ${text}`);
  return { path, weight: Number(weight) };
}

function parseByteRate(text: string): DeviceRate {
  const [path, rate] = splitDevice(text);
  try {
    return { path, rate: parseByteSize(rate) };
  } catch {
    throw invalid(
      `invalid rate for device: ${text}. The correct format is <device-path>:<number>[<unit>]. Number must be a positive integer. Unit is optional and can be kb, mb, or gb`,
    );
  }
}

function parseRate(text: string): DeviceRate {
  const [path, rate] = splitDevice(text);
  if (/^\d+$/.test(rate)) return { path, rate: Number(rate) };
  throw invalid(
    `invalid rate for device: ${text}. The correct format is <device-path>:<number>. Number must be a positive integer`,
  );
}

function splitDevice(text: string): [path: string, value: string] {
  const [path = '', value, ...rest] = text.split(':');
  if (value === undefined || rest.length > 0) throw invalid(`bad format: ${text}`);
  if (!path.startsWith('/dev/')) throw invalid(`bad format for device path: ${text}`);
  return [path, value];
}

function parseSetting(text: string): [file: string, value: string] {
  const equals = text.indexOf('=');
  if (equals === -1) throw invalid('--cgroup-conf must be formatted KEY=VALUE');
  return [text.slice(0, equals), text.slice(equals + 1)];
}

function invalid(message: string): InvalidArgumentError {
  return new InvalidArgumentError(message, { code: 'invalid-option' });
}
