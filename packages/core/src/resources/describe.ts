import type { Host } from '../contracts/host.ts';
import type { Resources } from '../oci/spec.ts';

/** Resources as podman's `HostConfig` names them, 0 and empty for what is not limited. */
export async function describeResources({ memory, cpu, pids, blockIO }: Resources = {}, host: Pick<Host, 'devices'>) {
  const { period = 0, quota = 0 } = cpu ?? {};
  const nodes = blockIO === undefined ? [] : await host.devices();
  const pathOf = ({ major, minor }: Numbers) =>
    nodes.find((node) => node.type === 'b' && node.major === major && node.minor === minor)?.path ?? `${major}:${minor}`;
  // podman has no lists where nothing was said of block devices
  const none = blockIO === undefined ? null : [];
  const describeRates = (rates: readonly (Numbers & { readonly rate: number })[] | undefined) =>
    rates?.map(({ rate, ...device }) => ({ Path: pathOf(device), Rate: rate })) ?? none;
  return {
    CpuShares: cpu?.shares ?? 0,
    Memory: atLeastNone(memory?.limit),
    NanoCpus: period === 100_000 && quota > 0 ? quota * 10_000 : 0,
    BlkioWeight: blockIO?.weight ?? 0,
    BlkioWeightDevice: blockIO?.weightDevice?.map(({ weight, ...device }) => ({ Path: pathOf(device), Weight: weight })) ?? none,
    BlkioDeviceReadBps: describeRates(blockIO?.throttleReadBpsDevice),
    BlkioDeviceWriteBps: describeRates(blockIO?.throttleWriteBpsDevice),
    BlkioDeviceReadIOps: describeRates(blockIO?.throttleReadIOPSDevice),
    BlkioDeviceWriteIOps: describeRates(blockIO?.throttleWriteIOPSDevice),
    CpuCount: 0,
    CpuPercent: 0,
    CpuPeriod: period,
    CpuQuota: atLeastNone(quota),
    CpuRealtimePeriod: cpu?.realtimePeriod ?? 0,
    CpuRealtimeRuntime: cpu?.realtimeRuntime ?? 0,
    CpusetCpus: cpu?.cpus ?? '',
    CpusetMems: cpu?.mems ?? '',
    MemoryReservation: memory?.reservation ?? 0,
    MemorySwap: atLeastNone(memory?.swap),
    MemorySwappiness: memory === undefined ? 0 : (memory.swappiness ?? -1),
    OomKillDisable: memory?.disableOOMKiller ?? false,
    PidsLimit: atLeastNone(pids?.limit),
  };
}

interface Numbers {
  readonly major: number;
  readonly minor: number;
}

/** -1 is no limit, which is shown as 0. */
function atLeastNone(value = 0): number {
  return Math.max(value, 0);
}
