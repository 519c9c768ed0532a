/** A list of manifests: the OCI image index, and Docker's form of the same. */
export interface ManifestList {
  readonly schemaVersion: 2;
  readonly mediaType: string;
  readonly manifests: readonly ListEntry[];
}

/** One image of a list. */
export interface ListEntry {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly platform?: ListPlatform | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
}

export interface ListPlatform {
  readonly architecture: string;
  readonly os: string;
  readonly 'os.version'?: string | undefined;
  readonly 'os.features'?: readonly string[] | undefined;
  readonly variant?: string | undefined;
  readonly features?: readonly string[] | undefined;
}

export const indexType = 'application/vnd.oci.image.index.v1+json';
export const dockerListType = 'application/vnd.docker.distribution.manifest.list.v2+json';
