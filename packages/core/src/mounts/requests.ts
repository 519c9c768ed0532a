/** A mount that a caller asks for. Options are the words of `-v`, podman-run(1); what is not said gets podman's default. */
export type MountRequest = BindRequest | TmpfsRequest | VolumeMountRequest | ImageMountRequest | DevptsRequest;

export interface BindRequest {
  readonly type: 'bind';
  /** Absolute path of the host; must exist. */
  readonly source: string;
  /** Absolute path in the container, as every `destination` is. */
  readonly destination: string;
  readonly options?: readonly string[] | undefined;
}

export interface TmpfsRequest {
  readonly type: 'tmpfs';
  readonly destination: string;
  readonly options?: readonly string[] | undefined;
}

/** A volume that is made where there is none of the name. */
export interface VolumeMountRequest {
  readonly type: 'volume';
  /** Default: a new one that goes with the container. */
  readonly name?: string | undefined;
  readonly destination: string;
  readonly options?: readonly string[] | undefined;
  /** For the driver, when the volume is made. */
  readonly driverOptions?: Readonly<Record<string, string>> | undefined;
}

export interface ImageMountRequest {
  readonly type: 'image';
  readonly image: string;
  readonly destination: string;
  /** Let the container change what it sees; the image stays as it is. Default: false. */
  readonly readWrite?: boolean | undefined;
}

/** A terminal file system of its own. */
export interface DevptsRequest {
  readonly type: 'devpts';
  readonly destination: string;
  /** `uid=`, `gid=`, `mode=`, `max=`. */
  readonly options?: readonly string[] | undefined;
}

/** What becomes of the places that an image declares as volumes: a new volume each, a tmpfs each, nothing. */
export type ImageVolumeMode = 'bind' | 'tmpfs' | 'ignore';
