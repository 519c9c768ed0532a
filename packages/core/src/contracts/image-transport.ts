import type { Usability } from './usability.ts';

/**
 * Moves images between the store and elsewhere: archives, directories, registries.
 *
 * *Places* are written as `TRANSPORT:DETAILS`: `docker://quay.io/a/b:1`, `oci-archive:/tmp/x.tar:name`, `dir:/tmp/x`. References of
 * registries are complete; turning short names into candidates is the core's work (`reference.ts`).
 *
 * A transfer that fails or is aborted leaves the store as it was, but for layers that other images have come to use. What a killed
 * process left is cleared away by the next transfer into the same store. The same image may be moved twice at once. Which
 * registries are insecure, blocked or mirrored is for registries.conf to say, which images may come in for policy.json.
 */
export interface ImageTransport {
  readonly specVersion: 'v1';
  readonly name: string;

  probe(): Promise<Usability>;

  /**
   * Loads every image of an archive: docker-archive and oci-archive (plain or compressed), oci layout or docker directory.
   * @throws {NotFoundError} `no-such-file`; {InvalidArgumentError} `invalid-archive` with the path, when no known format fits.
   */
  load(request: LoadRequest): Promise<readonly LoadedImage[]>;

  /**
   * Brings one image into the store under `name`; another image that had the name loses it. A registry that can't be reached or breaks
   * off may be asked again a few times.
   *
   * @throws {NotFoundError} `no-such-remote-image`; {UnavailableError} `registry-unreachable`, `registry-not-trusted`,
   * `registry-blocked`, `not-authorised`; {RuntimeFailedError} `transfer-failed` for everything else.
   */
  pull(request: PullRequest): Promise<void>;

  /**
   * Copies one image, or a list with its images, out of the store. A directory or archive that could not be completed is not left.
   * @throws as `pull`; {AlreadyExistsError} `archive-exists` for a docker-archive that is there.
   */
  push(request: PushRequest): Promise<{ readonly digest: string }>;

  /** Writes images of the store to one docker-archive with several images: all of them or no file. @throws {AlreadyExistsError} `archive-exists` */
  saveSeveral(request: SaveSeveralRequest): Promise<void>;

  /** What a registry says of an image, without bringing it in. @throws as `pull` */
  inspectRemote(request: RemoteRequest): Promise<RemoteImage>;

  /** The manifest under a name elsewhere, and the config of an image: undefined when it is a list of manifests. @throws as `pull` */
  readRemote(request: RemoteRequest): Promise<{ readonly manifest: Uint8Array; readonly config: Uint8Array | undefined }>;

  /**
   * Signs the manifest of an image in a registry with a GPG key of the user, and writes the signature below `directory`, where simple
   * signing looks for it. Answers the paths of the signatures.
   * @throws as `pull`; {NotFoundError} `no-signing-key`; {UnavailableError} `missing-helper`.
   */
  sign(request: SignRequest): Promise<readonly string[]>;

  /** Tags of a repository, in the registry's order. @throws as `pull` */
  tags(repository: string, access?: RegistryAccess): Promise<readonly string[]>;

  /**
   * What a registry finds: by its search if it has one, else the repositories of its catalog whose names contain the term.
   * @throws as `pull`
   */
  search(request: SearchRequest): Promise<readonly SearchResult[]>;

  /** Has the registry check the credentials, and keeps them in the authentication file. @throws {UnavailableError} `not-authorised` */
  login(request: LoginRequest): Promise<void>;

  /** The user whose credentials are kept for the registry. */
  loggedIn(registry: string, authFile?: string): Promise<string | undefined>;

  /** Whether the registry still takes the credentials that are kept for it. @throws as `pull`, but for `not-authorised` */
  checkLogin(request: Omit<LoginRequest, 'credentials'>): Promise<boolean>;

  /** Forgets the credentials of one registry, or of all. @throws {NotFoundError} `not-logged-in` */
  logout(request: LogoutRequest): Promise<void>;
}

/** What every transfer may be given. */
export interface TransferOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called with one line of text per step. */
  readonly onProgress?: ((line: string) => void) | undefined;
  /** Called several times a second with how far one blob is; in place of the lines about blobs. */
  readonly onBlob?: ((progress: BlobProgress) => void) | undefined;
  /** Called with what went wrong when a registry is asked once more. */
  readonly onWarning?: ((text: string) => void) | undefined;
}

export interface BlobProgress {
  readonly kind: 'blob' | 'config';
  /** The beginning of the digest, 10 digits or more, that tells the blobs of one transfer apart. */
  readonly digest: string;
  /** Bytes so far, as exactly as the transport knows. */
  readonly bytes: number;
  /** Undefined when it is not known. */
  readonly total: number | undefined;
  /** Bytes per second since the blob was begun. */
  readonly rate: number;
  readonly state: 'copying' | 'done' | 'skipped';
}

/** How to talk to a registry, where the configuration is not to decide. */
export interface RegistryAccess {
  /** Default: what containers tools share. */
  readonly authFile?: string | undefined;
  /** In place of those that the authentication file has. */
  readonly credentials?: Credentials | undefined;
  /** Directory with `*.crt`, `*.cert`, `*.key`. */
  readonly certificateDirectory?: string | undefined;
  /** Default: as registries.conf says. */
  readonly tlsVerify?: boolean | undefined;
}

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** Undefined parts are the machine's own. */
export interface Platform {
  readonly os?: string | undefined;
  readonly architecture?: string | undefined;
  readonly variant?: string | undefined;
}

export interface LoadRequest extends TransferOptions {
  readonly path: string;
}

export interface LoadedImage {
  readonly id: string;
  /** Complete references; empty for an archive without names. */
  readonly names: readonly string[];
}

export interface RemoteRequest extends RegistryAccess {
  readonly source: string;
  readonly platform?: Platform | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface SignRequest extends RemoteRequest {
  /** Of the key: a fingerprint, an address. */
  readonly identity: string;
  /** The root of the signatures. */
  readonly directory: string;
  /** Of a list of manifests, sign each of them, too. */
  readonly all: boolean;
}

export interface RemoteImage {
  /** Digest of the manifest of the platform, `sha256:<hex>`. */
  readonly manifestDigest: string;
  /** Digest of the config, which is the id that the image has in a store; undefined for manifests of the first schema. */
  readonly configDigest: string | undefined;
}

export interface PullRequest extends RemoteRequest, TransferOptions {
  /** Complete reference that the image gets. */
  readonly name: string;
  readonly removeSignatures?: boolean | undefined;
}

export interface PushRequest extends RegistryAccess, TransferOptions {
  readonly imageId: string;
  readonly destination: string;
  /** Names in a docker-archive besides that of the destination. */
  readonly additionalNames?: readonly string[] | undefined;
  readonly format?: 'oci' | 'v2s2' | 'v2s1' | undefined;
  /** Compress layers that go into a directory. */
  readonly compress?: boolean | undefined;
  /** Leave layers as they are, where the default is to compress them. */
  readonly acceptUncompressed?: boolean | undefined;
  readonly compressionFormat?: string | undefined;
  readonly compressionLevel?: number | undefined;
  readonly removeSignatures?: boolean | undefined;
  /** Fingerprint of the GPG key to sign with. */
  readonly signBy?: string | undefined;
  readonly signBySigstoreKey?: string | undefined;
  readonly signPassphraseFile?: string | undefined;
  /** When `imageId` is a list of manifests that is to be pushed as such. */
  readonly list?: ManifestListPush | undefined;
}

export interface ManifestListPush {
  readonly document: string;
  /** What the document names. */
  readonly parts: readonly ManifestListPart[];
  /** Push these, too, which the registry may not have; otherwise the list alone. */
  readonly all: boolean;
}

export interface ManifestListPart {
  /** Of the manifest. */
  readonly digest: string;
  /** An image of the store, or where else it is: a place. */
  readonly source: { readonly imageId: string } | { readonly place: string };
}

export interface SaveSeveralRequest extends TransferOptions {
  readonly images: readonly { readonly id: string; readonly names: readonly string[] }[];
  /** Path of the archive. */
  readonly path: string;
}

export interface SearchRequest extends RegistryAccess {
  readonly registry: string;
  readonly term: string;
  readonly limit: number;
  readonly signal?: AbortSignal | undefined;
}

export interface SearchResult {
  /** With the registry. */
  readonly name: string;
  readonly description: string;
  readonly stars: number;
  readonly isOfficial: boolean;
  readonly isAutomated: boolean;
}

export interface LoginRequest extends RegistryAccess {
  readonly registry: string;
  readonly credentials: Credentials;
  readonly signal?: AbortSignal | undefined;
}

export interface LogoutRequest {
  /** Undefined: all. */
  readonly registry: string | undefined;
  readonly authFile?: string | undefined;
}
