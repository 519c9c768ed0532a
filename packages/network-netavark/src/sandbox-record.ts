import type { NetavarkAttachment, NetavarkPort, NetavarkStatus } from './netavark-program.ts';
import type { NetworkFile } from './network-files.ts';

/** What a sandbox has and how far it has come: written ahead of each step, so that whoever finds it can take everything down. */
export interface SandboxRecord {
  readonly containerId: string;
  readonly containerName: string;
  /** Path of the namespace, there or not. */
  readonly namespace: string;
  readonly ports: readonly NetavarkPort[];
  /** In the order in which they were joined. */
  readonly networks: readonly RecordedNetwork[];
}

export interface RecordedNetwork {
  readonly name: string;
  readonly attachment: NetavarkAttachment;
  /** As it was when it was joined: it is taken down so, too. */
  readonly info: NetworkFile;
  /** netavark's answer; undefined: the set-up has begun, and who began it did not come to its end. */
  readonly status?: NetavarkStatus[string] | undefined;
}
