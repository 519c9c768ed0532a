import type { VolumeDriver } from '../contracts/volume-driver.ts';
import { NotSupportedError, UnavailableError } from '../errors.ts';
import type { RuntimeParts } from '../runtime/parts.ts';

/**
 * The driver with this name; without one, the preferred.
 * @throws {UnavailableError} `no-such-volume-driver`; {NotSupportedError} `no-volumes` when the engine has no drivers at all.
 */
export async function driverNamed(parts: RuntimeParts, name: string | undefined): Promise<VolumeDriver> {
  const drivers = (await parts.volumeDrivers?.()) ?? [];
  const driver = name === undefined ? drivers[0] : drivers.find((known) => known.name === name);
  if (driver !== undefined) return driver;
  if (drivers.length === 0) {
    throw new NotSupportedError('this engine was composed without what keeps volumes', { code: 'no-volumes' });
  }
  throw new UnavailableError(`no volume plugin with name ${name} available: required plugin missing`, {
    code: 'no-such-volume-driver',
    hint: `known ones are ${drivers.map((known) => known.name).join(', ')}`,
  });
}
