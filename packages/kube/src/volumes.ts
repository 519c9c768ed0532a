import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, normalize, resolve } from 'node:path';
import { InvalidArgumentError, type MountRequest, NotFoundError, type Runtime } from '@tspod/core';
import { type KeyedData, keyedData, type Sources } from './environment.ts';
import type { KubeClaim, KubeContainer, KubePod, KubeVolume } from './objects.ts';

/** A volume of a pod, as its containers get it. */
export type PodVolume =
  | { readonly kind: 'bind'; readonly source: string }
  | { readonly kind: 'device'; readonly source: string }
  | { readonly kind: 'volume'; readonly name: string; readonly readOnly: boolean }
  | { readonly kind: 'memory'; readonly size: number | undefined };

/** Volumes of a pod that were prepared, and what was made for that. */
export interface PreparedVolumes {
  readonly byName: ReadonlyMap<string, PodVolume>;
  /** Names of volumes that hold what the file says, or nothing yet: they go with the pod. */
  readonly made: readonly string[];
}

const claimOptions: Readonly<Record<string, string>> = {
  'volume.podman.io/device': 'device',
  'volume.podman.io/type': 'type',
  'volume.podman.io/mount-options': 'o',
};

/** Makes the volume of a claim; one that is there is kept with its data. Answers its name. */
export async function playClaim(runtime: Runtime, { metadata }: KubeClaim): Promise<string> {
  const { name } = metadata;
  if (await runtime.volumes.exists(name)) return name;
  const annotations = metadata.annotations ?? {};
  const options = Object.fromEntries(
    Object.entries(claimOptions).flatMap(([annotation, option]) =>
      annotations[annotation] === undefined ? [] : [[option, annotations[annotation]]],
    ),
  );
  const owner = ['uid', 'gid'].flatMap((id) => {
    const value = annotations[`volume.podman.io/${id}`];
    return value === undefined ? [] : [`${id}=${value}`];
  });
  if (owner.length > 0) options.o = [options.o, ...owner].filter(Boolean).join(',');
  await runtime.volumes.create({ name, driver: annotations['volume.podman.io/driver'], options, labels: metadata.labels ?? {} });
  return name;
}

/**
 * Prepares what the volumes of a pod need on this machine. A failure leaves no volume behind.
 * @throws {InvalidArgumentError} `unsupported-volume`; {NotFoundError} `no-such-file`, `no-such-key`.
 */
export async function prepareVolumes(runtime: Runtime, pod: KubePod, sources: Sources): Promise<PreparedVolumes> {
  const byName = new Map<string, PodVolume>();
  const made: string[] = [];
  const podName = pod.metadata?.name ?? '';
  try {
    for (const volume of pod.spec.volumes ?? []) {
      const prepared = await prepare(runtime, `${podName}-${volume.name}`, volume, sources, (name) => made.push(name));
      if (prepared !== undefined) byName.set(volume.name, prepared);
    }
    return { byName, made };
  } catch (error) {
    for (const name of made) await runtime.volumes.remove(name);
    throw error;
  }
}

async function prepare(
  runtime: Runtime,
  ownName: string,
  volume: KubeVolume,
  sources: Sources,
  onMade: (name: string) => void,
): Promise<PodVolume | undefined> {
  const { hostPath, persistentVolumeClaim, emptyDir, configMap, secret } = volume;
  if (hostPath !== undefined) return hostVolume(hostPath.path, hostPath.type ?? '');
  if (persistentVolumeClaim !== undefined) {
    return { kind: 'volume', name: persistentVolumeClaim.claimName, readOnly: persistentVolumeClaim.readOnly ?? false };
  }
  if (configMap !== undefined || secret !== undefined) {
    const wanted = configMap ?? { ...secret, name: secret?.secretName ?? '' };
    const data =
      configMap === undefined
        ? keyedData(wanted, sources.secrets, 'secret')
        : keyedData(wanted, sources.configMaps, 'config map');
    const name = await freshVolume(runtime, ownName);
    onMade(name);
    const { Mountpoint } = await runtime.volumes.inspect(name);
    writeKeys(Mountpoint, data ?? new Map(), wanted);
    return { kind: 'volume', name, readOnly: secret !== undefined };
  }
  if ('emptyDir' in volume) {
    if (emptyDir?.medium === 'Memory') {
      const { parseQuantity } = await import('./quantity.ts');
      return {
        kind: 'memory',
        size: emptyDir.sizeLimit === undefined ? undefined : Math.floor(parseQuantity(emptyDir.sizeLimit)),
      };
    }
    const name = await freshVolume(runtime, ownName);
    onMade(name);
    return { kind: 'volume', name, readOnly: false };
  }
  throw new InvalidArgumentError(`volume "${volume.name}" is of no kind that can be had on one machine`, {
    code: 'unsupported-volume',
    hint: 'use hostPath, emptyDir, persistentVolumeClaim, configMap or secret',
  });
}

/** Anonymous, so that it goes with the last container of its pod. One that an earlier pod of the name left is replaced. */
async function freshVolume(runtime: Runtime, name: string): Promise<string> {
  if (await runtime.volumes.exists(name)) await runtime.volumes.remove(name);
  await runtime.volumes.create({ name, anonymous: true });
  return name;
}

interface KeyChoice {
  readonly items?:
    | readonly { readonly key: string; readonly path: string; readonly mode?: number | undefined }[]
    | null
    | undefined;
  readonly defaultMode?: number | undefined;
  readonly optional?: boolean | undefined;
  readonly name: string;
}

function writeKeys(directory: string, data: KeyedData, { items, defaultMode = 0o644, optional, name }: KeyChoice): void {
  const files = items ?? [...data.keys()].map((key) => ({ key, path: key, mode: undefined }));
  for (const { key, path, mode = defaultMode } of files) {
    const content = data.get(key);
    if (content === undefined && optional) continue;
    if (content === undefined) throw new NotFoundError(`"${name}" has no key "${key}"`, { code: 'no-such-key' });
    const relative = normalize(path);
    if (relative.startsWith('/') || relative.split('/').includes('..') || relative === '.') {
      throw new InvalidArgumentError(`the path "${path}" of key "${key}" leads out of its volume`, {
        code: 'unsupported-volume',
      });
    }
    mkdirSync(dirname(join(directory, relative)), { recursive: true });
    writeFileSync(join(directory, relative), content, { mode, flag: 'wx' });
  }
}

/** A path of the host, made where its type says so; a relative one is below the working directory. */
function hostVolume(given: string, type: string): PodVolume {
  const path = resolve(given);
  const found = statSync(path, { throwIfNoEntry: false });
  switch (type) {
    case 'DirectoryOrCreate':
      if (found === undefined) mkdirSync(path, { recursive: true, mode: 0o755 });
      return { kind: 'bind', source: path };
    case 'FileOrCreate':
      if (found === undefined) {
        if (!existsSync(dirname(path))) throw missing(path, `the directory of ${basename(path)} must exist`);
        writeFileSync(path, '', { mode: 0o644, flag: 'wx' });
      }
      return { kind: 'bind', source: path };
    case '':
    case 'Directory':
    case 'File':
    case 'Socket':
    case 'BlockDevice':
    case 'CharDevice': {
      if (found === undefined) throw missing(path);
      const fits = {
        '': true,
        Directory: found.isDirectory(),
        File: found.isFile(),
        Socket: found.isSocket(),
        BlockDevice: found.isBlockDevice(),
        CharDevice: found.isCharacterDevice(),
      }[type];
      if (!fits) throw new InvalidArgumentError(`the host path ${path} is no ${type}`, { code: 'unsupported-volume' });
      return type === 'BlockDevice' || type === 'CharDevice' ? { kind: 'device', source: path } : { kind: 'bind', source: path };
    }
    default:
      throw new InvalidArgumentError(`unknown type "${type}" of host path ${path}`, {
        code: 'unsupported-volume',
        hint: 'use Directory, DirectoryOrCreate, File, FileOrCreate, Socket, CharDevice or BlockDevice',
      });
  }
}

/** What one container mounts of its pod's volumes. @throws {InvalidArgumentError} `unsupported-volume` */
export function mountsOf(container: KubeContainer, volumes: ReadonlyMap<string, PodVolume>) {
  const mounts: MountRequest[] = [];
  const devices: { source: string; destination: string }[] = [];
  for (const { name, mountPath, readOnly, subPath, mountPropagation } of container.volumeMounts ?? []) {
    const volume = volumes.get(name);
    if (volume === undefined) {
      throw new InvalidArgumentError(`volume mount "${name}" of container "${container.name}": there is no such volume`, {
        code: 'unsupported-volume',
        hint: 'name it under spec.volumes',
      });
    }
    if (subPath !== undefined && subPath !== '') {
      throw new InvalidArgumentError(`volume mount "${name}" of container "${container.name}": subPath is not supported`, {
        code: 'unsupported-volume',
        hint: 'mount the whole volume',
      });
    }
    const options = [readOnly ? 'ro' : 'rw', ...propagation(mountPropagation)];
    if (volume.kind === 'device') devices.push({ source: volume.source, destination: mountPath });
    else if (volume.kind === 'bind')
      mounts.push({ type: 'bind', source: volume.source, destination: mountPath, options: ['rbind', ...options] });
    else if (volume.kind === 'memory') {
      mounts.push({
        type: 'tmpfs',
        destination: mountPath,
        options: [...options, ...(volume.size === undefined ? [] : [`size=${volume.size}`])],
      });
    } else {
      mounts.push({
        type: 'volume',
        name: volume.name,
        destination: mountPath,
        options: volume.readOnly && !readOnly ? ['ro', ...propagation(mountPropagation)] : options,
      });
    }
  }
  return { mounts, devices };
}

function propagation(mode: string | undefined): string[] {
  if (mode === 'HostToContainer') return ['rslave'];
  return mode === 'Bidirectional' ? ['rshared'] : [];
}

/** Removes volumes that a failed play made. */
export async function removeVolumes(runtime: Runtime, names: readonly string[]): Promise<void> {
  for (const name of names) if (await runtime.volumes.exists(name)) await runtime.volumes.remove(name);
}

function missing(path: string, hint = 'make it first, or use the type DirectoryOrCreate or FileOrCreate'): NotFoundError {
  return new NotFoundError(`host path ${path} does not exist`, { code: 'no-such-file', hint });
}
