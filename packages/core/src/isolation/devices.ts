import { posix } from 'node:path';
import type { Host } from '../contracts/host.ts';
import { InvalidArgumentError, NotFoundError } from '../errors.ts';
import type { Device, DeviceCgroup } from '../oci/spec.ts';
import type { DeviceRequest, InspectedDevice } from './options.ts';

/**
 * `HOST[:CONTAINER][:PERMISSIONS]`.
 * @throws {InvalidArgumentError} `invalid-device`
 */
export function parseDevice(text: string): DeviceRequest {
  const [source = '', ...rest] = text.split(':');
  const [second, third, ...more] = rest;
  if (more.length > 0) throw invalid(`invalid device specification: ${text}`);
  if (third !== undefined && !isMode(third)) throw invalid(`invalid device mode: ${third}`);
  if (second === undefined) return { source };
  if (isMode(second)) {
    if (third !== undefined) throw invalid(`invalid device specification: ${text}`);
    return { source, permissions: second };
  }
  if (!second.startsWith('/')) throw invalid(`invalid device mode: ${second}`);
  return { source, destination: second, permissions: third };
}

function isMode(text: string): boolean {
  return /^[rwm]{1,3}$/.test(text) && new Set(text).size === text.length;
}

export interface GrantedDevices {
  readonly nodes: readonly Device[];
  readonly rules: readonly DeviceCgroup[];
  readonly inspected: readonly InspectedDevice[];
}

/**
 * Looks the devices up on the host.
 * @throws {NotFoundError} `no-such-device`; {InvalidArgumentError} `invalid-device` for what is none, and for a directory without any.
 */
export async function findDevices(host: Pick<Host, 'devicesAt'>, requests: readonly DeviceRequest[]): Promise<GrantedDevices> {
  const nodes: Device[] = [];
  const rules: DeviceCgroup[] = [];
  const inspected: InspectedDevice[] = [];
  for (const { source, destination = source, permissions = 'rwm' } of requests) {
    if (!isMode(permissions)) throw invalid(`invalid device mode: ${permissions}`);
    const found = await host.devicesAt(source);
    if (found === undefined) {
      throw new NotFoundError(`stat ${source}: no such file or directory`, {
        code: 'no-such-device',
        hint: 'name a device node of this machine, or a directory of them',
      });
    }
    if (found.kind === 'other') throw invalid(`${source} is not a valid device: not a device node`);
    if (found.devices.length === 0) throw invalid(`no devices found in ${source}: invalid argument`);
    for (const { below, ...device } of found.devices) {
      const path = below === '' ? destination : posix.join(destination, below);
      nodes.push({ ...device, path });
      rules.push({ allow: true, type: device.type, major: device.major, minor: device.minor, access: permissions });
      inspected.push({ source: below === '' ? source : posix.join(source, below), destination: path });
    }
  }
  return { nodes, rules, inspected };
}

function invalid(message: string): InvalidArgumentError {
  return new InvalidArgumentError(message, {
    code: 'invalid-device',
    hint: 'a device is HOST[:CONTAINER][:PERMISSIONS], with permissions out of r, w and m',
  });
}
