/**
 * How much of the machine a container may use. What is left out is not limited (or, in an update, stays as it is). Sizes are bytes,
 * durations microseconds.
 */
export interface ResourceOptions {
  /** 0: no limit. */
  readonly memory?: number | undefined;
  /** Memory and swap together; -1: no limit. Default: twice `memory`. Needs `memory`. */
  readonly memorySwap?: number | undefined;
  /** What it is pushed down to when memory gets short. Not above `memory`. */
  readonly memoryReservation?: number | undefined;
  /** 0 to 100. cgroup v1 only. */
  readonly memorySwappiness?: number | undefined;
  /** Let its processes wait when memory runs out, instead of ending them. cgroup v1 only. */
  readonly oomKillDisable?: boolean | undefined;
  /** CPUs' worth of time, with fractions; a short way to say `cpuPeriod` and `cpuQuota`. */
  readonly cpus?: number | undefined;
  /** 1,000 to 1,000,000. Default: the kernel's, 100,000. */
  readonly cpuPeriod?: number | undefined;
  /** CPU time in each period, 1,000 at least. */
  readonly cpuQuota?: number | undefined;
  /** Weight beside other containers, where 1024 is usual. */
  readonly cpuShares?: number | undefined;
  readonly cpuRealtimePeriod?: number | undefined;
  readonly cpuRealtimeRuntime?: number | undefined;
  /** CPUs that it may run on, e.g. `0-3,7`. */
  readonly cpusetCpus?: string | undefined;
  /** Memory nodes that it may use, likewise. */
  readonly cpusetMems?: string | undefined;
  /** Processes and threads; 0 and -1: no limit. */
  readonly pidsLimit?: number | undefined;
  /** Weight of its block I/O beside other containers, 10 to 1000. */
  readonly blockIoWeight?: number | undefined;
  readonly blockIoWeightDevices?: readonly DeviceWeight[] | undefined;
  /** Bytes a second. */
  readonly deviceReadBps?: readonly DeviceRate[] | undefined;
  readonly deviceWriteBps?: readonly DeviceRate[] | undefined;
  /** Operations a second. */
  readonly deviceReadIops?: readonly DeviceRate[] | undefined;
  readonly deviceWriteIops?: readonly DeviceRate[] | undefined;
  /** Limits of huge pages, by the kernel's name of their size. */
  readonly hugePages?: readonly { readonly pageSize: string; readonly limit: number }[] | undefined;
  /** Files of cgroup v2 and what to write to them, e.g. `memory.high`. */
  readonly unified?: Readonly<Record<string, string>> | undefined;
}

export interface DeviceWeight {
  /** A block device's path on the host. */
  readonly path: string;
  /** 10 to 1000. */
  readonly weight: number;
}

export interface DeviceRate {
  /** A device's path on the host. */
  readonly path: string;
  readonly rate: number;
}
