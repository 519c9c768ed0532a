/**
 * Secrets: small pieces of data that containers get as files or variables and that no inspection shows.
 *
 * A secret is written once. Names and ids are unique; a container that was made with a secret as a file keeps the
 * content of that moment, one that has it as a variable gets the content that the secret has at each start. What resolved is durable; nobody but root can read what is kept.
 */
export interface SecretStore {
  readonly specVersion: 'v1';
  /** Short name that flags and inspect use, e.g. `file`. */
  readonly name: string;

  /**
   * Keeps a secret.
   * @throws {AlreadyExistsError} `secret-exists` when the name is taken, unless it is to be replaced.
   */
  create(request: NewSecret): Promise<Secret>;

  /** Every secret, by name. */
  list(): Promise<readonly Secret[]>;

  /**
   * By exact id, exact name or unique id prefix, in that order.
   * @throws {NotFoundError} `no-such-secret`; {InvalidArgumentError} `ambiguous-secret` naming some of those that fit.
   */
  lookup(idOrNameOrPrefix: string): Promise<Secret>;

  /** The content of the secret with this exact id. @throws {NotFoundError} `no-such-secret` */
  read(id: string): Promise<Uint8Array>;

  /** By exact id. Idempotent. */
  remove(id: string): Promise<void>;
}

export interface NewSecret {
  /** As `checkSecretName` has it. */
  readonly name: string;
  /** At least one byte, fewer than 512,000. */
  readonly content: Uint8Array;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** For the store, recorded. */
  readonly options?: Readonly<Record<string, string>> | undefined;
  /** Take the place of the one with this name. Default: false. */
  readonly replace?: boolean | undefined;
}

export interface Secret {
  /** 25 lower-case hexadecimal digits. */
  readonly id: string;
  readonly name: string;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly options: Readonly<Record<string, string>>;
}
