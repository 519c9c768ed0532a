import type { Image } from '../../contracts/image-store.ts';
import { NotSupportedError } from '../../errors.ts';
import { applyChanges } from '../../images/changes.ts';
import { type ImageFormat, imageDocuments } from '../../images/documents.ts';
import { machineArchitecture } from '../../oci/architecture.ts';
import type { ImageConfig, ImageHistory, ImageRunConfig } from '../../oci/image-config.ts';
import { normaliseReference } from '../../reference.ts';
import { recordContainerEvent } from '../../runtime/events.ts';
import type { RuntimeParts } from '../../runtime/parts.ts';
import { storageOf } from '../backends.ts';
import { whileStorageMounts } from '../borrowed-root.ts';
import type { ContainerConfig } from '../config.ts';
import type { LockedContainer } from '../guard.ts';
import { throughRuntime } from '../run-on-runtime.ts';

export interface CommitOptions {
  /** Name of the image; undefined: it has none. */
  readonly name?: string | undefined;
  readonly author?: string | undefined;
  /** Instructions such as `CMD ["sh"]`. */
  readonly changes?: readonly string[] | undefined;
  /** Only with `docker` format, the other has no place for it. */
  readonly message?: string | undefined;
  /** Default: `oci`. */
  readonly format?: ImageFormat | undefined;
  /** Pause a running container meanwhile. Default: false. */
  readonly pause?: boolean | undefined;
  /** One layer with everything, instead of one above those of the image. Default: false. */
  readonly squash?: boolean | undefined;
  /** All mount points of the container become volumes of the image. Default: only those of volumes without a name. */
  readonly includeVolumes?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Makes an image of what the container changed. The container of a directory becomes an image of one layer with all of its tree.
 *
 * @throws {InvalidArgumentError} `invalid-change`, `invalid-reference`; {NotSupportedError} `message-needs-docker-format`,
 * `no-layer-archive`.
 */
export async function commit(container: LockedContainer, options: CommitOptions): Promise<Image> {
  const { parts, config } = container;
  const format = options.format ?? 'oci';
  if (options.message && format !== 'docker') {
    throw new NotSupportedError('messages are only compatible with the docker image format (-f docker)', {
      code: 'message-needs-docker-format',
    });
  }
  const storage = storageOf(parts, config);
  const { layerArchive } = storage;
  if (layerArchive === undefined) {
    throw new NotSupportedError(`containers in the storage "${storage.name}" can't be committed`, { code: 'no-layer-archive' });
  }
  const names = options.name === undefined ? [] : [normaliseReference(options.name)];
  const imageId = config.rootfs.kind === 'image' ? config.rootfs.imageId : undefined;
  const base: ImageConfig = imageId === undefined ? {} : await parts.images.config(imageId);
  const isLayered = imageId !== undefined && storage.capabilities.commitsChanges === true && !options.squash;
  const volumes = await keptVolumes(parts, config, options.includeVolumes ?? false);
  const run = applyChanges(runConfig(config, base.config ?? {}, volumes), options.changes ?? []);
  const createdAt = new Date().toISOString();
  const imageName = config.rootfs.kind === 'image' ? config.rootfs.imageName : '';
  const step: ImageHistory = {
    created: createdAt,
    created_by: '/bin/sh',
    ...(options.author && { author: options.author }),
    ...(imageName && { comment: `FROM ${imageName}` }),
  };
  const resume = options.pause === true && container.state.status === 'running' ? await pause(container) : undefined;
  try {
    const make = () =>
      parts.images.create({
        base: isLayered ? imageId : undefined,
        layer: layerArchive.call(storage, config.id, { whole: !isLayered }),
        names,
        createdAt,
        signal: options.signal,
        describe: (layers) =>
          imageDocuments(
            {
              ...{
                format,
                createdAt,
                author: options.author,
                config: run,
                comment: options.message,
                container: config.id,
                imageName,
              },
              architecture: base.architecture ?? machineArchitecture(),
              os: base.os ?? 'linux',
              variant: base.variant,
              history: [...(isLayered ? (base.history ?? []) : []), step],
              parent: isLayered ? `sha256:${imageId}` : undefined,
            },
            layers,
          ),
      });
    const image = await (isLayered ? make() : whileStorageMounts(container, make));
    await recordContainerEvent(parts, config, 'commit');
    return image;
  } finally {
    await resume?.();
  }
}

async function pause(container: LockedContainer): Promise<() => Promise<void>> {
  const { id } = container.config;
  await container.save({ freezing: 'meanwhile' });
  await throughRuntime(container, (runtime) => runtime.pause(id));
  return async () => {
    await throughRuntime(container, (runtime) => runtime.resume(id));
    await container.save({ freezing: undefined });
  };
}

async function keptVolumes({ state }: RuntimeParts, { userMounts }: ContainerConfig, all: boolean): Promise<readonly string[]> {
  const kept: string[] = [];
  for (const { type, source, destination } of userMounts) {
    const isAnonymous = type === 'volume' && (await state.volume(source))?.config.anonymous === true;
    if (all || isAnonymous) kept.push(destination);
  }
  return kept;
}

/** How containers of the new image run: as this one does. */
function runConfig(config: ContainerConfig, base: ImageRunConfig, volumes: readonly string[]): ImageRunConfig {
  const { process } = config.spec;
  return {
    User: config.user,
    ExposedPorts: base.ExposedPorts ?? {},
    Env: [...(process?.env ?? [])].filter((variable) => !variable.startsWith('HOSTNAME=')),
    Entrypoint: [...(config.entrypoint ?? [])],
    Cmd: [...config.command],
    Volumes: { ...base.Volumes, ...Object.fromEntries(volumes.map((path) => [path, {}])) },
    WorkingDir: process?.cwd ?? '/',
    Labels: { ...config.labels },
    ...(base.StopSignal && { StopSignal: base.StopSignal }),
    ...(base.Healthcheck && { Healthcheck: base.Healthcheck }),
  };
}
