import type { PortMapping, Sandboxes } from './network.ts';

/**
 * The network of a container by a process of the host's that opens the container's connections as its own: slirp4netns, pasta. It makes no
 * interface and no rule on the host, and ends with the container.
 */
export interface UserModeNetwork extends Sandboxes<UserModeRequest> {
  readonly specVersion: 'v1';
  /**
   * @throws {UnavailableError} `missing-helper`; {InvalidArgumentError} `invalid-network-option`; {InUseError} `port-in-use`;
   * {RuntimeFailedError} `network-setup-failed`, also from `ready`.
   */
  join: Sandboxes<UserModeRequest>['join'];
  /** The programs that are there, for `info`. */
  programs(): Promise<readonly UserModeProgram[]>;
}

export interface UserModeProgram {
  readonly mode: UserMode;
  readonly path: string;
  /** The first line of what it says of its version. */
  readonly version: string;
}

export type UserMode = 'slirp4netns' | 'pasta';

export interface UserModeRequest {
  readonly containerId: string;
  readonly mode: UserMode;
  /** The program's own, as `mtu=1500` for slirp4netns and `--mtu` for pasta. */
  readonly options: readonly string[];
  readonly ports: readonly PortMapping[];
}
