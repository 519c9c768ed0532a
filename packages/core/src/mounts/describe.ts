import type { ContainerConfig, UserMount } from '../container/config.ts';
import { propagationWords } from './mount-words.ts';

/** podman's `.Mounts`: volumes, then images, then what is bound; a tmpfs is not among them. */
export function describeMounts(mounts: readonly UserMount[]) {
  const order = ['volume', 'image', 'bind', 'devpts'] as const;
  return order.flatMap((wanted) => mounts.filter(({ type }) => type === wanted).map(describeMount));
}

/** podman's `.HostConfig.Binds`. */
export function describeBinds(mounts: readonly UserMount[]): string[] {
  const order = ['volume', 'bind', 'devpts'] as const;
  return order.flatMap((wanted) =>
    mounts
      .filter(({ type }) => type === wanted)
      .map((mount) => [mount.source, mount.destination, shownWords(mount).join(',')].filter(Boolean).join(':')),
  );
}

/** podman's `.HostConfig.Tmpfs`: those of the caller and of `--read-only`, not those of the image. */
export function describeTmpfs({ spec, userMounts }: ContainerConfig): Record<string, string> {
  const ofImage = new Set(userMounts.flatMap(({ ofImage, destination }) => (ofImage ? [destination] : [])));
  const shown = (spec.mounts ?? []).filter(
    ({ type, source, destination }) =>
      type === 'tmpfs' && source === 'tmpfs' && !ofImage.has(destination) && (destination !== '/dev' || isOf(userMounts, '/dev')),
  );
  return Object.fromEntries(shown.map(({ destination, options }) => [destination, (options ?? []).join(',')]));
}

function isOf(mounts: readonly UserMount[], destination: string): boolean {
  return mounts.some((mount) => mount.destination === destination);
}

function describeMount(mount: UserMount) {
  const { type, source, destination, dataPath, driver } = mount;
  const words = shownWords(mount);
  const propagation = words.find((word) => propagationWords.includes(word)) ?? '';
  const said = new Set([propagation, 'rw', 'ro', 'z', 'Z']);
  return {
    Type: type === 'devpts' ? 'bind' : type,
    ...(type === 'volume' && { Name: source }),
    Source: dataPath ?? source,
    Destination: destination,
    Driver: driver ?? '',
    Mode: words.find((word) => word === 'z' || word === 'Z') ?? '',
    Options: type === 'image' ? null : words.filter((word) => !said.has(word)),
    RW: !words.includes('ro'),
    Propagation: propagation,
  };
}

/** What was done with the source of a bind mount is not part of it. */
function shownWords({ type, options }: UserMount): string[] {
  return type === 'bind' ? options.filter((word) => !['z', 'Z', 'U'].includes(word)) : [...options];
}
