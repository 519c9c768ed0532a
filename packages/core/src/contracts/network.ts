import type { Usability } from './usability.ts';

/**
 * What makes *sandboxes*: the network of one container while it runs, by the container's id. `join` → … → `leave`. A backend keeps its own
 * record of every sandbox, on tmpfs and ahead of each step, so that `leave` takes down what a killed process had begun just as well;
 * the core calls it under the container's lock, and calls it again after a crash.
 */
export interface Sandboxes<Request> {
  /**
   * Makes a container's sandbox. Answers as soon as everything is known that a container is prepared with; `ready` resolves when the
   * interfaces, ports and names work. What a sandbox of the same id had is taken down first. When either fails, nothing is left.
   */
  join(request: Request): Promise<JoinedSandbox>;
  /** Takes everything of the sandbox down and gives its addresses back. Idempotent; goes on when a part is gone already. */
  leave(containerId: string): Promise<void>;
  /** What a sandbox has; undefined when there is none. */
  sandbox(containerId: string): Promise<Sandbox | undefined>;
  /** Ids of all containers of this store of which something is kept here, unfinished ones too. */
  sandboxes(): Promise<readonly string[]>;
}

/**
 * Networks of this machine, and what a container has in them: a network namespace of its own with interfaces, addresses, published
 * ports and names.
 *
 * Between `join` and `leave` a sandbox may `connect` and `disconnect` any number of times. The backend itself sees to it that sandboxes of
 * different containers, and other engines on the same networks, never get in each other's way.
 *
 * Which container uses which network is the core's knowledge: a backend removes a network that somebody uses when it is asked to.
 */
export interface Network extends Sandboxes<SandboxRequest> {
  readonly specVersion: 'v1';
  /** Short name, e.g. `netavark`. */
  readonly name: string;
  /** Name of the network that containers join which name none. It is always there, also when nothing is stored of it. */
  readonly defaultNetwork: string;

  /** The kinds of networks that it makes, the usual one first: `bridge`, … */
  readonly drivers: readonly string[];

  probe(): Promise<Usability>;
  /** For `info`. */
  version(): Promise<{ readonly version: string; readonly text: string; readonly path: string }>;

  /** Every network, in the order of their names. */
  networks(): Promise<readonly NetworkDefinition[]>;
  /**
   * By exact name, exact id or unique prefix of an id, in that order.
   * @throws {NotFoundError} `no-such-network`; {InvalidArgumentError} `ambiguous-network`.
   */
  lookup(nameOrId: string): Promise<NetworkDefinition>;
  /**
   * Makes a network: chooses what is left open, among what nothing on this machine uses. A failure leaves nothing.
   * @throws {AlreadyExistsError} `network-exists`, `interface-exists`, `subnet-in-use`; {InvalidArgumentError} `invalid-name`,
   * `invalid-network`; {NotSupportedError} `network-driver`.
   */
  create(request: NetworkRequest): Promise<NetworkDefinition>;
  /** Idempotent. @throws {InvalidArgumentError} `default-network` for the one that is always there. */
  remove(name: string): Promise<void>;

  /**
   * As told above: takes the host ports, makes the namespace, allocates addresses, and has the interfaces made.
   * @throws {NotFoundError} `no-such-network`; {InUseError} `port-in-use`, `address-in-use`; {InvalidArgumentError} `invalid-address`;
   * {UnavailableError} `no-address-left`; {RuntimeFailedError} `network-setup-failed`, also from `ready`.
   */
  join(request: SandboxRequest): Promise<JoinedSandbox>;
  /**
   * One more network for a sandbox.
   * @throws as `join`; {NotFoundError} `no-such-sandbox`; {AlreadyExistsError} `already-connected`.
   */
  connect(containerId: string, attachment: NetworkAttachment): Promise<Sandbox>;
  /** Idempotent. @throws {NotFoundError} `no-such-sandbox` */
  disconnect(containerId: string, network: string): Promise<Sandbox>;
  /** Makes rules, ports and interfaces anew, with the same addresses, after somebody flushed them. @throws {NotFoundError} `no-such-sandbox` */
  reload(containerId: string): Promise<Sandbox>;
}

/** A network as it is stored. */
export interface NetworkDefinition {
  readonly name: string;
  /** 64 lower-case hexadecimal digits. */
  readonly id: string;
  /** `bridge`, `macvlan`, … */
  readonly driver: string;
  /** Name of the bridge, or of the interface that it is built on; empty: none. */
  readonly interfaceName: string;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly subnets: readonly Subnet[];
  readonly ipv6: boolean;
  /** No way out. */
  readonly internal: boolean;
  /** Containers find each other by name. */
  readonly dns: boolean;
  readonly labels: Readonly<Record<string, string>>;
  readonly options: Readonly<Record<string, string>>;
  /** `host-local`, … */
  readonly ipamDriver: string;
}

export interface Subnet {
  /** As `10.89.0.0/24`. */
  readonly subnet: string;
  readonly gateway?: string | undefined;
  readonly leaseRange?: { readonly start?: string | undefined; readonly end?: string | undefined } | undefined;
}

/** What a caller may say about a new network. Everything has a default, podman's. */
export interface NetworkRequest {
  /** `[a-zA-Z0-9][a-zA-Z0-9_.-]*`; default: the name of its interface. */
  readonly name?: string | undefined;
  /** Default: `bridge`. */
  readonly driver?: string | undefined;
  readonly interfaceName?: string | undefined;
  readonly subnets?: readonly SubnetRequest[] | undefined;
  readonly ipv6?: boolean | undefined;
  readonly internal?: boolean | undefined;
  /** Default: true. */
  readonly dns?: boolean | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** `mtu`, `vlan`, `isolate`, `metric`, `mode`, `parent`. */
  readonly options?: Readonly<Record<string, string>> | undefined;
  readonly ipamDriver?: string | undefined;
}

export interface SubnetRequest extends Omit<Subnet, 'leaseRange'> {
  /** Part of the subnet that addresses are given from, as `10.89.0.128/25` or `10.89.0.10-10.89.0.20`. */
  readonly range?: string | undefined;
}

/** How a container is in a network. */
export interface NetworkAttachment {
  /** Name of the network. */
  readonly network: string;
  /** Addresses that it must get; default: free ones. */
  readonly addresses?: readonly string[] | undefined;
  readonly macAddress?: string | undefined;
  /** More names by which the others of the network find it. */
  readonly aliases?: readonly string[] | undefined;
  /** Default: `eth0`, `eth1`, … in the order of the attachments. */
  readonly interfaceName?: string | undefined;
}

export interface PortMapping {
  /** Empty: every address of the host. */
  readonly hostAddress: string;
  readonly hostPort: number;
  readonly containerPort: number;
  /** How many consecutive ports. */
  readonly range: number;
  readonly protocol: 'tcp' | 'udp' | 'sctp';
}

export interface SandboxRequest {
  readonly containerId: string;
  /** Becomes a name by which the others of a network find it. */
  readonly containerName: string;
  readonly attachments: readonly NetworkAttachment[];
  readonly ports: readonly PortMapping[];
}

export interface JoinedSandbox {
  /** With everything but the hardware addresses that the backend leaves to the kernel. */
  readonly sandbox: Sandbox;
  /**
   * Descriptors of this process that whoever supervises the container inherits and keeps open while it runs: they hold the host ports,
   * or the life of a helper. This process closes its own with `release`.
   */
  readonly keptDescriptors: readonly number[];
  release(): void;
  /** Rejects, with everything undone, when the interfaces can't be made. */
  readonly ready: Promise<Sandbox>;
}

/** The network of a running container. */
export interface Sandbox {
  /** Path of the namespace, e.g. `/run/netns/netns-…`. */
  readonly namespace: string;
  /** In the order in which they were joined. */
  readonly networks: readonly JoinedNetwork[];
  /** IPv6 works in it. Undefined: if one of its addresses is of that kind. */
  readonly ipv6?: boolean | undefined;
}

export interface JoinedNetwork {
  readonly network: string;
  readonly driver: string;
  readonly interfaceName: string;
  /** Undefined until the interface is made. */
  readonly macAddress?: string | undefined;
  readonly addresses: readonly JoinedAddress[];
  readonly aliases: readonly string[];
  /** Of the network's own name service; empty: it has none. */
  readonly dnsServers: readonly string[];
  readonly searchDomains: readonly string[];
}

export interface JoinedAddress {
  readonly address: string;
  readonly prefixLength: number;
  readonly gateway?: string | undefined;
}
