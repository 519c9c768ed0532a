import { existsSync } from 'node:fs';
import { checkOptionTypes } from '../argument-types.ts';
import { undo } from '../container/verbs/init.ts';
import type { StoredVolume } from '../contracts/state-store.ts';
import { AlreadyExistsError, InvalidArgumentError } from '../errors.ts';
import { generateId } from '../id.ts';
import { recordEvent } from '../runtime/events.ts';
import type { RuntimeParts } from '../runtime/parts.ts';
import { driverNamed } from './drivers.ts';
import { withVolumeLocked } from './lock.ts';
import { finishVolumeIntent } from './repair.ts';

export interface CreateVolumeOptions {
  /** Unique; default: 64 random hexadecimal digits. */
  readonly name?: string | undefined;
  /** Default: the preferred one. */
  readonly driver?: string | undefined;
  /** For the driver: `type`, `device` and `o` of the local one. */
  readonly options?: Readonly<Record<string, string>> | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** Goes with its container where that removes such volumes. Default: false. */
  readonly anonymous?: boolean | undefined;
  /** Id of the container for which it is made on the way. */
  readonly madeFor?: string | undefined;
}

/** A lock's file is named after the volume, and a file name has an end. */
const longestName = 240;

/** Makes a volume. A failure leaves nothing. @throws {AlreadyExistsError} `volume-exists` */
export async function createVolume(parts: RuntimeParts, options: CreateVolumeOptions): Promise<StoredVolume> {
  checkOptionTypes('volumes.create', options, {
    name: 'a string',
    driver: 'a string',
    options: 'an object of strings',
    labels: 'an object of strings',
    anonymous: 'a boolean',
  });
  const name = checkVolumeName(options.name ?? generateId());
  return withVolumeLocked(parts, name, async () => {
    if (await present(parts, name)) throw volumeExists(name);
    return make(parts, name, options);
  });
}

/** What is there of the name, once what somebody died over is brought to its end; the lock is held. */
async function present(parts: RuntimeParts, name: string): Promise<StoredVolume | undefined> {
  const open = (await parts.state.intents()).find((intent) => intent.object === 'volume' && intent.name === name);
  if (open?.object === 'volume') await finishVolumeIntent(parts, open);
  return parts.state.volume(name);
}

async function make(
  parts: RuntimeParts,
  name: string,
  { driver: driverName, options = {}, labels = {}, anonymous = false, madeFor }: CreateVolumeOptions,
): Promise<StoredVolume> {
  const driver = await driverNamed(parts, driverName);
  const { uid, gid, copiesUp } = driver.check(options);
  // looked at before the name is reserved: what is repaired after a crash is only what was made since
  if (existsSync(driver.mountPoint(name))) throw foreignData(driver.mountPoint(name));
  await parts.state.reserveVolume({ name, driver: driver.name });
  let isMade = false;
  try {
    await driver.create({ name, options });
    isMade = true;
    await labelForAll(parts, driver.mountPoint(name));
    const createdAt = new Date().toISOString();
    const config = { name, driver: driver.name, createdAt, labels, options, anonymous, ...(madeFor && { madeFor }) };
    const flags = {
      needsCopyUp: copiesUp,
      needsChown: uid === undefined && gid === undefined,
      uid: uid ?? 0,
      gid: gid ?? 0,
    };
    await parts.state.commitVolume(config, flags);
    await recordEvent(parts, { type: 'volume', action: 'create', name });
    return { config, flags, removing: false };
  } catch (failure) {
    return undo(async () => {
      if (isMade) await driver.remove(name);
      await parts.state.abandonVolume(name);
    }, failure);
  }
}

/** With SELinux every container may use a volume, unless it is mounted with `Z`. */
async function labelForAll({ host, defaults }: RuntimeParts, path: string): Promise<void> {
  if (!defaults.selinuxLabels || !(await host.facts()).selinux) return;
  const contexts = await host.selinuxContexts();
  if (contexts === undefined) return;
  const { sharedLabel } = await import('../isolation/selinux.ts');
  await host.labelFiles(path, sharedLabel(contexts.file));
}

export function checkVolumeName(name: string): string {
  if (!/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(name)) {
    throw new InvalidArgumentError(
      `running volume create option: names must match [a-zA-Z0-9][a-zA-Z0-9_.-]*: invalid argument`,
      { code: 'invalid-name' },
    );
  }
  if (name.length > longestName) {
    throw new InvalidArgumentError(`the volume name ${name} is longer than ${longestName} characters`, { code: 'invalid-name' });
  }
  return name;
}

function volumeExists(name: string): AlreadyExistsError {
  return new AlreadyExistsError(`volume with name ${name} already exists: volume already exists`, { code: 'volume-exists' });
}

function foreignData(path: string): AlreadyExistsError {
  return new AlreadyExistsError(`the volume directory ${path} exists already`, {
    code: 'volume-exists',
    hint: 'it is of no volume that tspod knows: look into it and remove it',
  });
}
