import type { Log } from '@tspod/core';

export interface NetavarkSettings {
  /** Where networks are stored, one file each, shared with podman; `/etc/containers/networks`. */
  readonly configDirectory: string;
  /** What netavark, aardvark-dns and podman keep of running containers: addresses, names. On tmpfs; `/run/containers/networks`. */
  readonly runDirectory: string;
  /** Records of this store's sandboxes; on tmpfs. */
  readonly recordDirectory: string;
  /** Where netavark and aardvark-dns are looked for. */
  readonly helperDirectories: readonly string[];
  /** Name of the network that is always there. */
  readonly defaultNetwork: string;
  /** Its subnet. */
  readonly defaultSubnet: string;
  /** Where the subnets of new networks come from, in this order; IPv4. */
  readonly subnetPools: readonly SubnetPool[];
  /** Port of the name service; undefined: 53. */
  readonly dnsPort?: number | undefined;
  readonly log: Log;
}

export interface SubnetPool {
  /** As `10.89.0.0/16`. */
  readonly base: string;
  /** Prefix length of the subnets that are taken from it. */
  readonly size: number;
}
