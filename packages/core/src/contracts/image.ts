export interface Image {
  readonly id: string;
  /** Manifest digest, `sha256:<hex>`. */
  readonly digest: string | undefined;
  /** Every manifest digest by which it is known. */
  readonly digests: readonly string[];
  readonly names: readonly string[];
  readonly namesHistory: readonly string[];
  readonly topLayer: string | undefined;
  readonly createdAt: string;
  /** Bytes of the uncompressed layers and the metadata. */
  readonly size: number;
  readonly readOnly: boolean;
  /** A list of manifests rather than an image that can run. */
  readonly isManifestList: boolean;
}
