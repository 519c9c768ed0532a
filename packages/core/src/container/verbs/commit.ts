import type { Image } from '../../contracts/image-store.ts';
import { NotSupportedError } from '../../errors.ts';
import { applyChanges } from '../../images/changes.ts';
import { type ImageFormat, imageDocuments } from '../../images/documents.ts';
import type { ImageConfig, ImageHistory, ImageRunConfig } from '../../oci/image-config.ts';
import { normaliseReference } from '../../reference.ts';
import { recordContainerEvent } from '../../runtime/events.ts';
import { runtimeOf, storageOf } from '../backends.ts';
import type { ContainerConfig } from '../config.ts';
import type { LockedContainer } from '../guard.ts';

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
  /** Mount points of the container become volumes of the image. Default: false. */
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
  if (storage.layerArchive === undefined) {
    throw new NotSupportedError(`containers in the storage "${storage.name}" can't be committed`, { code: 'no-layer-archive' });
  }
  const names = options.name === undefined ? [] : [normaliseReference(options.name)];
  const imageId = config.rootfs.kind === 'image' ? config.rootfs.imageId : undefined;
  const base: ImageConfig = imageId === undefined ? {} : await parts.images.config(imageId);
  const isLayered = imageId !== undefined && storage.capabilities.commitsChanges === true && !options.squash;
  const run = applyChanges(runConfig(config, base.config ?? {}, options.includeVolumes ?? false), options.changes ?? []);
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
    const image = await parts.images.create({
      base: isLayered ? imageId : undefined,
      layer: storage.layerArchive(config.id, { whole: !isLayered }),
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
            architecture: base.architecture ?? architecture(),
            os: base.os ?? 'linux',
            variant: base.variant,
            history: [...(isLayered ? (base.history ?? []) : []), step],
            parent: isLayered ? `sha256:${imageId}` : undefined,
          },
          layers,
        ),
    });
    await recordContainerEvent(parts, config, 'commit');
    return image;
  } finally {
    await resume?.();
  }
}

async function pause(container: LockedContainer): Promise<() => Promise<void>> {
  const { parts, config } = container;
  const runtime = runtimeOf(parts, config);
  await container.save({ freezing: 'meanwhile' });
  await runtime.pause(config.id);
  return async () => {
    await runtime.resume(config.id);
    await container.save({ freezing: undefined });
  };
}

/** How containers of the new image run: as this one does. */
function runConfig(config: ContainerConfig, base: ImageRunConfig, includeVolumes: boolean): ImageRunConfig {
  const { process } = config.spec;
  const mounted = includeVolumes ? config.userMounts.map(({ destination }) => [destination, {}] as const) : [];
  return {
    User: config.user,
    ExposedPorts: base.ExposedPorts ?? {},
    Env: [...(process?.env ?? [])].filter((variable) => !variable.startsWith('HOSTNAME=')),
    Entrypoint: [...(config.entrypoint ?? [])],
    Cmd: [...config.command],
    Volumes: { ...base.Volumes, ...Object.fromEntries(mounted) },
    WorkingDir: process?.cwd ?? '/',
    Labels: { ...config.labels },
    ...(base.StopSignal && { StopSignal: base.StopSignal }),
    ...(base.Healthcheck && { Healthcheck: base.Healthcheck }),
  };
}

/** Go's name for the machine's architecture. */
function architecture(): string {
  return { x64: 'amd64', ia32: '386' }[globalThis.process.arch as string] ?? globalThis.process.arch;
}
