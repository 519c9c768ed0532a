import type { GraphDriver, Image } from '../contracts/image-store.ts';
import { ociRunConfig } from '../images/documents.ts';
import type { ImageConfig, ImageHistory } from '../oci/image-config.ts';

/** podman's `image inspect` document. */
export interface ImageInspect {
  readonly Id: string;
  readonly Digest: string;
  readonly RepoTags: readonly string[];
  readonly RepoDigests: readonly string[];
  readonly Parent: string;
  readonly Comment: string;
  readonly Created: string;
  readonly Config: NonNullable<ImageConfig['config']>;
  readonly Version: string;
  readonly Author: string;
  readonly Architecture: string;
  readonly Os: string;
  readonly Size: number;
  readonly VirtualSize: number;
  readonly GraphDriver: GraphDriver | null;
  readonly RootFS: { readonly Type: string; readonly Layers: readonly string[] };
  readonly Labels: Readonly<Record<string, string>> | null;
  readonly Annotations: Readonly<Record<string, string>>;
  readonly ManifestType: string;
  readonly User: string;
  readonly History: NonNullable<ImageConfig['history']>;
  readonly NamesHistory: readonly string[];
  readonly Healthcheck?: Readonly<Record<string, unknown>> | undefined;
}

export interface ImageDetails {
  readonly image: Image;
  readonly config: ImageConfig;
  readonly manifest: { readonly mediaType: string; readonly document: unknown };
  readonly graphDriver: GraphDriver | undefined;
  /** Id of the image that it was built on; empty when that is not there. */
  readonly parent: string;
}

export function inspectImage({ image, config, manifest, graphDriver, parent }: ImageDetails): ImageInspect {
  const history = config.history ?? [];
  return {
    Id: image.id,
    Digest: image.digest ?? '',
    RepoTags: image.names.filter((name) => !name.includes('@')),
    RepoDigests: image.names.flatMap((name) => image.digests.map((digest) => `${repositoryOf(name)}@${digest}`)),
    Parent: parent,
    // podman takes it from where each format has it
    Comment: (manifest.mediaType.includes('docker') ? config.comment : history[0]?.comment) ?? '',
    Created: shortestTime(config.created ?? image.createdAt),
    Config: ociRunConfig(config.config ?? {}),
    Version: config.config?.Labels?.version ?? '',
    Author: config.author ?? '',
    Architecture: config.architecture ?? '',
    Os: config.os ?? '',
    Size: image.size,
    VirtualSize: image.size,
    GraphDriver: graphDriver ?? null,
    RootFS: { Type: config.rootfs?.type ?? 'layers', Layers: config.rootfs?.diff_ids ?? [] },
    Labels: config.config?.Labels ?? null,
    Annotations: annotationsOf(manifest.document),
    ManifestType: manifest.mediaType,
    User: config.config?.User ?? '',
    History: history.map(historyStep),
    NamesHistory: image.namesHistory,
    ...(config.config?.Healthcheck && { Healthcheck: config.config.Healthcheck }),
  };
}

/** With its fields in podman's order. */
function historyStep({ created, created_by, author, comment, empty_layer, ...rest }: ImageHistory): ImageHistory {
  return {
    ...(created !== undefined && { created: shortestTime(created) }),
    ...(created_by !== undefined && { created_by }),
    ...(author !== undefined && { author }),
    ...(comment !== undefined && { comment }),
    ...(empty_layer !== undefined && { empty_layer }),
    ...rest,
  };
}

function annotationsOf(manifest: unknown): Readonly<Record<string, string>> {
  return (manifest as { readonly annotations?: Readonly<Record<string, string>> } | null)?.annotations ?? {};
}

/** Without the zeros at the end of the fraction, as Go writes times. */
function shortestTime(time: string): string {
  return time.replace(/\.(\d*?)0*(?=Z|[+-]\d)/, (_, digits: string) => (digits === '' ? '' : `.${digits}`));
}

/** `host:port/path:tag` and `host/path@digest` without tag and digest. */
export function repositoryOf(name: string): string {
  const withoutDigest = name.split('@')[0] ?? name;
  const lastSlash = withoutDigest.lastIndexOf('/');
  const colon = withoutDigest.indexOf(':', lastSlash + 1);
  return colon === -1 ? withoutDigest : withoutDigest.slice(0, colon);
}
