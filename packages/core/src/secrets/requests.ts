/** A secret of the store that a new container gets, as a file or as a variable. */
export interface SecretRequest {
  /** Name, id, or unique beginning of an id. */
  readonly secret: string;
  /** Default: `mount`, a file. */
  readonly type?: 'mount' | 'env' | undefined;
  /** Path of the file, relative ones below /run/secrets; or name of the variable. Default: the secret's name. */
  readonly target?: string | undefined;
  /** Owner of the file, as the container knows it. Default: 0. */
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
  /** Permissions of the file. Default: 0o444. */
  readonly mode?: number | undefined;
}

/** What a container's config says of a secret that it has. What the secret says is in none of it. */
export type ContainerSecret = MountedSecret | VariableSecret;

/** Copied at the container's creation, whatever becomes of the secret. */
export interface MountedSecret {
  readonly type: 'mount';
  readonly id: string;
  readonly name: string;
  /** Absolute. */
  readonly target: string;
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
}

/** Read, by its name, at each start of the container. */
export interface VariableSecret {
  readonly type: 'env';
  readonly id: string;
  readonly name: string;
  /** Name of the variable. */
  readonly target: string;
}
