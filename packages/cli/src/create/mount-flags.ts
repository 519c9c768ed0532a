import type { FlagTable } from '../grammar/flags.ts';

/** Flags about what is mounted: `run` and `create`, `pod create` and `pod clone`. */
export const volumeFlags = {
  volume: {
    kind: 'stringArray',
    shorthand: 'v',
    metavar: '[SOURCE:]PATH[:OPTIONS]',
    help: 'Mount a directory or file of the host, a volume by its name, or a new volume',
  },
  'volumes-from': {
    kind: 'stringArray',
    metavar: 'CONTAINER[:OPTIONS]',
    help: 'Mount what that container mounts; with ro, rw or z',
  },
} as const satisfies FlagTable;

/** Flags about what is mounted: `run` and `create`. */
export const mountFlags = {
  ...volumeFlags,
  'image-volume': {
    kind: 'string',
    metavar: 'MODE',
    help: 'What the volumes that the image declares become: bind (new volumes, the default), tmpfs or ignore',
  },
  mount: {
    kind: 'stringArray',
    metavar: 'type=TYPE,KEY=VALUE',
    help: 'Mount a bind, volume, tmpfs, image or devpts',
  },
  'read-only': { kind: 'bool', help: 'Nothing in the root filesystem can be changed' },
  tmpfs: { kind: 'stringArray', metavar: 'PATH[:OPTIONS]', help: 'Memory-backed filesystem at this path' },
} as const satisfies FlagTable;
