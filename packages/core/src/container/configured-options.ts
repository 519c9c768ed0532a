import { parseDevice } from '../isolation/devices.ts';
import { parseVolume } from '../mounts/parse-volume.ts';
import type { ContainerDefaults } from '../runtime/parts.ts';
import type { CreateContainerOptions } from './create-options.ts';

/** Of the configuration: what a container's own options are put beside. */
export type ConfiguredDefaults = Pick<ContainerDefaults, 'devices' | 'volumes' | 'noHosts'>;

/**
 * The options of a new container with devices, volumes and the lack of a hosts file that every container has by the configuration. A volume
 * gives way to a mount of the container's own at its place.
 * @throws {InvalidArgumentError} `invalid-volume`, `invalid-device` for what the configuration names.
 */
export function withConfiguredOptions(
  { devices = [], volumes = [], noHosts }: ConfiguredDefaults,
  options: CreateContainerOptions,
): CreateContainerOptions {
  const { isolation, mounts = [], networking, network, pod } = options;
  const taken = new Set(mounts.map(({ destination }) => destination));
  const added = volumes.map(parseVolume).filter((one) => !taken.has(one.destination));
  const sharesHosts = pod !== undefined || network?.startsWith('container:');
  return {
    ...options,
    mounts: [...mounts, ...added],
    isolation:
      devices.length === 0 ? isolation : { ...isolation, devices: [...devices.map(parseDevice), ...(isolation?.devices ?? [])] },
    networking: noHosts && !sharesHosts ? { noHosts: true, ...networking } : networking,
  };
}
