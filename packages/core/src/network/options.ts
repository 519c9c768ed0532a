import type { NetworkAttachment } from '../contracts/network.ts';

/** What a caller may say about the network of a new container or pod, beyond the mode. Everything has a default. */
export interface NetworkingOptions {
  /** Networks to join, by name or id; only with mode `bridge`. Default: the default network. */
  readonly networks?: readonly NetworkAttachment[] | undefined;
  /** For all networks that are joined. */
  readonly aliases?: readonly string[] | undefined;
  /** Addresses, of either kind one at most; only with one network. */
  readonly addresses?: readonly string[] | undefined;
  readonly macAddress?: string | undefined;
  readonly ports?: readonly PortRequest[] | undefined;
  /** `80`, `80-82/udp`, besides those of the image. */
  readonly expose?: readonly string[] | undefined;
  /** Publish every exposed port on a free one of the host. */
  readonly publishAll?: boolean | undefined;
  /** Addresses; `none` alone: the container keeps the resolv.conf of its root filesystem. */
  readonly dnsServers?: readonly string[] | undefined;
  /** `.` alone: none. */
  readonly dnsSearch?: readonly string[] | undefined;
  readonly dnsOptions?: readonly string[] | undefined;
  /** `name:address`; the address can be `host-gateway`. */
  readonly addHosts?: readonly string[] | undefined;
  /** The container keeps the /etc/hosts of its root filesystem. */
  readonly noHosts?: boolean | undefined;
  /** Of the mode: those of slirp4netns, as `mtu=1500`. */
  readonly modeOptions?: readonly string[] | undefined;
}

/** A port to publish. */
export interface PortRequest {
  /** Default: every address of the host. */
  readonly hostAddress?: string | undefined;
  /** Default: a free one, chosen once and kept. */
  readonly hostPort?: number | undefined;
  readonly containerPort: number;
  /** How many consecutive ports. Default: 1. */
  readonly range?: number | undefined;
  /** Default: `tcp`. */
  readonly protocol?: 'tcp' | 'udp' | 'sctp' | undefined;
}
