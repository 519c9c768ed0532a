import type { Image } from '../contracts/image-store.ts';
import type { ImageConfig } from '../oci/image-config.ts';

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
  readonly RootFS: { readonly Type: string; readonly Layers: readonly string[] };
  readonly Labels: Readonly<Record<string, string>> | null;
  readonly ManifestType: string;
  readonly User: string;
  readonly History: NonNullable<ImageConfig['history']>;
  readonly NamesHistory: readonly string[];
}

export function inspectImage(image: Image, config: ImageConfig, manifestType: string): ImageInspect {
  const history = config.history ?? [];
  return {
    Id: image.id,
    Digest: image.digest ?? '',
    RepoTags: image.names.filter((name) => !name.includes('@')),
    RepoDigests: image.names.flatMap((name) => image.digests.map((digest) => `${repositoryOf(name)}@${digest}`)),
    Parent: '',
    Comment: history.at(-1)?.comment ?? '',
    Created: config.created ?? image.createdAt,
    Config: config.config ?? {},
    Version: config.config?.Labels?.version ?? '',
    Author: config.author ?? '',
    Architecture: config.architecture ?? '',
    Os: config.os ?? '',
    Size: image.size,
    VirtualSize: image.size,
    RootFS: { Type: config.rootfs?.type ?? 'layers', Layers: config.rootfs?.diff_ids ?? [] },
    Labels: config.config?.Labels ?? null,
    ManifestType: manifestType,
    User: config.config?.User ?? '',
    History: history,
    NamesHistory: image.namesHistory,
  };
}

/** `host:port/path:tag` and `host/path@digest` without tag and digest. */
export function repositoryOf(name: string): string {
  const withoutDigest = name.split('@')[0] ?? name;
  const lastSlash = withoutDigest.lastIndexOf('/');
  const colon = withoutDigest.indexOf(':', lastSlash + 1);
  return colon === -1 ? withoutDigest : withoutDigest.slice(0, colon);
}
