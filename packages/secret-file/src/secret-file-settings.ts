export interface SecretFileSettings {
  /** Graph root: the secrets are in `tspod/secrets` below it. */
  readonly graphRoot: string;
}
