import type { ImageDocuments, LayerContent } from '../contracts/image-maker.ts';
import type { ImageConfig, ImageHistory, ImageRunConfig } from '../oci/image-config.ts';

export type ImageFormat = 'oci' | 'docker';

/** What an image says of itself, in either format. */
export interface ImageDescription {
  readonly format: ImageFormat;
  /** The manifest names its own type; podman's imports do not. Default: true. */
  readonly hasMediaType?: boolean | undefined;
  readonly createdAt: string;
  readonly author?: string | undefined;
  readonly architecture: string;
  readonly os: string;
  readonly variant?: string | undefined;
  readonly config: ImageRunConfig;
  readonly history: readonly ImageHistory[];
  /** Of the manifest. */
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  /** Only docker's format has room for these. */
  readonly comment?: string | undefined;
  readonly container?: string | undefined;
  readonly parent?: string | undefined;
  readonly imageName?: string | undefined;
}

const types = {
  oci: {
    manifest: 'application/vnd.oci.image.manifest.v1+json',
    config: 'application/vnd.oci.image.config.v1+json',
    layer: 'application/vnd.oci.image.layer.v1.tar',
  },
  docker: {
    manifest: 'application/vnd.docker.distribution.manifest.v2+json',
    config: 'application/vnd.docker.container.image.v1+json',
    layer: 'application/vnd.docker.image.rootfs.diff.tar',
  },
} as const;

/** Config and manifest, with the fields and in the order in which podman writes them. */
export function imageDocuments(description: ImageDescription, layers: readonly LayerContent[]): ImageDocuments {
  const type = types[description.format];
  const config = description.format === 'oci' ? ociConfig(description, layers) : dockerConfig(description, layers);
  return {
    config: bytesOf(config),
    manifest: ({ digest, size }) =>
      bytesOf({
        schemaVersion: 2,
        ...(description.hasMediaType !== false && { mediaType: type.manifest }),
        config: { mediaType: type.config, digest, size },
        layers: layers.map((layer) => ({ mediaType: type.layer, digest: layer.digest, size: layer.size })),
        ...(description.annotations && { annotations: description.annotations }),
      }),
  };
}

function ociConfig(description: ImageDescription, layers: readonly LayerContent[]): ImageConfig {
  const { createdAt, author, architecture, os, variant, config, history } = description;
  return {
    created: createdAt,
    ...(author && { author }),
    architecture,
    ...(variant && { variant }),
    os,
    config: ociRunConfig(config),
    rootfs: rootfsOf(layers),
    history: [...history],
  };
}

/** What the OCI format has room for. */
export function ociRunConfig(config: ImageRunConfig): ImageRunConfig {
  const { User, ExposedPorts, Env, Entrypoint, Cmd, Volumes, WorkingDir, Labels, StopSignal } = config;
  return {
    ...(User && { User }),
    ...(isFilled(ExposedPorts) && { ExposedPorts }),
    ...(Env && Env.length > 0 && { Env }),
    ...(Entrypoint && Entrypoint.length > 0 && { Entrypoint }),
    ...(Cmd && Cmd.length > 0 && { Cmd }),
    ...(isFilled(Volumes) && { Volumes }),
    ...(WorkingDir && { WorkingDir }),
    ...(isFilled(Labels) && { Labels }),
    ...(StopSignal && { StopSignal }),
  };
}

function dockerConfig(description: ImageDescription, layers: readonly LayerContent[]) {
  const { createdAt, author, architecture, os, variant, config, history, comment, container, parent, imageName } = description;
  const run = {
    ...{ Hostname: '', Domainname: '', User: config.User ?? '', AttachStdin: false, AttachStdout: false, AttachStderr: false },
    ...(isFilled(config.ExposedPorts) && { ExposedPorts: config.ExposedPorts }),
    ...{ Tty: false, OpenStdin: false, StdinOnce: false, Env: config.Env ?? [], Cmd: config.Cmd ?? [] },
    ...(config.Healthcheck && { Healthcheck: config.Healthcheck }),
    Image: imageName ?? '',
    Volumes: isFilled(config.Volumes) ? config.Volumes : null,
    WorkingDir: config.WorkingDir ?? '',
    Entrypoint: config.Entrypoint ?? [],
    OnBuild: config.OnBuild ?? null,
    Labels: isFilled(config.Labels) ? config.Labels : null,
    ...(config.StopSignal && { StopSignal: config.StopSignal }),
  };
  return {
    ...(parent && { parent }),
    ...(comment && { comment }),
    created: createdAt,
    ...(container && { container }),
    container_config: run,
    ...(author && { author }),
    config: run,
    architecture,
    ...(variant && { variant }),
    os,
    rootfs: rootfsOf(layers),
    history,
  };
}

function rootfsOf(layers: readonly LayerContent[]) {
  return { type: 'layers', diff_ids: layers.map(({ digest }) => digest) };
}

function isFilled(value: object | null | undefined): boolean {
  return Object.keys(value ?? {}).length > 0;
}

function bytesOf(document: object): Uint8Array {
  return Buffer.from(JSON.stringify(document));
}
