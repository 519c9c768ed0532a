import { resolve } from 'node:path';
import {
  type CreateContainerOptions,
  type ImageVolumeMode,
  InvalidArgumentError,
  type MountRequest,
  parseMount,
  parseTmpfs,
  parseVolume,
} from '@tspod/core';
import type { Context } from '../context.ts';
import type { FlagValues } from '../grammar/flags.ts';
import type { mountFlags, volumeFlags } from './mount-flags.ts';

const imageVolumeModes: readonly string[] = ['bind', 'tmpfs', 'ignore'] satisfies ImageVolumeMode[];

type MountOptions = Pick<CreateContainerOptions, 'mounts' | 'volumesFrom' | 'imageVolumes' | 'readOnly'>;

/** What the flags say of mounts. @throws {InvalidArgumentError} `invalid-volume`, `invalid-option`. */
export function mountOptions(flags: FlagValues<typeof mountFlags>, context: Context): MountOptions {
  const imageVolumes = flags['image-volume'] || undefined;
  if (imageVolumes !== undefined && !imageVolumeModes.includes(imageVolumes)) {
    throw new InvalidArgumentError(`invalid image volume mode "${imageVolumes}" required value: bind, tmpfs, ignore`, {
      code: 'invalid-option',
    });
  }
  const { mounts = [], volumesFrom } = volumeOptions(flags, context);
  return {
    mounts: [...flags.mount.map((text) => onHost(parseMount(text), context)), ...mounts, ...flags.tmpfs.map(parseTmpfs)],
    volumesFrom,
    imageVolumes: imageVolumes as ImageVolumeMode | undefined,
    readOnly: flags['read-only'],
  };
}

/** What `-v` and `--volumes-from` say. @throws {InvalidArgumentError} `invalid-volume` */
export function volumeOptions(
  flags: FlagValues<typeof volumeFlags>,
  context: Context,
): Pick<CreateContainerOptions, 'mounts' | 'volumesFrom'> {
  return {
    mounts: flags.volume.map((text) => onHost(parseVolume(text), context)),
    volumesFrom: flags['volumes-from'].length === 0 ? undefined : flags['volumes-from'],
  };
}

/** A path of the host is seen from where the command runs. */
function onHost(mount: MountRequest, { workingDirectory }: Context): MountRequest {
  return mount.type === 'bind' ? { ...mount, source: resolve(workingDirectory, mount.source) } : mount;
}
