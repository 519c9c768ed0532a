import type { VolumeDriver } from '../contracts/volume-driver.ts';
import { NotSupportedError, UnavailableError } from '../errors.ts';
import type { RuntimeParts } from '../runtime/parts.ts';

/**
 * The driver with this name; without one, the preferred.
 * @throws {UnavailableError} `no-such-volume-driver`; {NotSupportedError} `no-volumes` when the engine has no drivers at all.
 */
export function driverNamed({ volumeDrivers = [] }: RuntimeParts, name: string | undefined): VolumeDriver {
  const driver = name === undefined ? volumeDrivers[0] : volumeDrivers.find((known) => known.name === name);
  if (driver !== undefined) return driver;
  if (volumeDrivers.length === 0) {
    throw new NotSupportedError('this engine was composed without what keeps volumes', { code: 'no-volumes' });
  }
  throw new UnavailableError(`no volume driver named "${name}" is there: required plugin missing`, {
    code: 'no-such-volume-driver',
    hint: `known ones are ${volumeDrivers.map((known) => known.name).join(', ')}`,
  });
}
