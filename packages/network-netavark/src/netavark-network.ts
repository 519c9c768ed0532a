import { join } from 'node:path';
import {
  AlreadyExistsError,
  EngineError,
  InvalidArgumentError,
  type JoinedAddress,
  type JoinedNetwork,
  type JoinedSandbox,
  type Network,
  type NetworkAttachment,
  type NetworkDefinition,
  type NetworkRequest,
  NotFoundError,
  type Sandbox,
  type SandboxRequest,
  type Usability,
  unusable,
  usable,
  withUndoFailure,
} from '@tspod/core';
import {
  isNetworkNamespace,
  keepLinkAddress,
  makeNetworkNamespace,
  newNetworkNamespacePath,
  RecordFiles,
  removeNetworkNamespace,
  reservePorts,
} from '@tspod/linux';
import { AddressStore } from './address-store.ts';
import { defineNetwork } from './define-network.ts';
import { type NetavarkInput, NetavarkProgram, type NetavarkStatus } from './netavark-program.ts';
import type { NetavarkSettings } from './netavark-settings.ts';
import { definitionOf, fileOf, findNetwork, type NetworkFile, NetworkFiles } from './network-files.ts';
import { waitForOrphans } from './orphans.ts';
import type { RecordedNetwork, SandboxRecord } from './sandbox-record.ts';

/** The search domain of aardvark-dns. */
const searchDomain = 'dns.podman';

/** Networks by netavark and aardvark-dns, shared with podman. */
export class NetavarkNetwork implements Network {
  readonly specVersion = 'v1';
  readonly name = 'netavark';
  readonly drivers = ['bridge', 'macvlan'];
  readonly defaultNetwork: string;
  readonly #settings: NetavarkSettings;
  readonly #program: NetavarkProgram;
  readonly #files: NetworkFiles;
  readonly #addresses: AddressStore;
  readonly #records: RecordFiles<SandboxRecord>;

  constructor(settings: NetavarkSettings) {
    this.#settings = settings;
    this.defaultNetwork = settings.defaultNetwork;
    this.#program = new NetavarkProgram(settings);
    this.#files = new NetworkFiles(settings);
    this.#addresses = new AddressStore(join(settings.runDirectory, 'ipam.db'));
    this.#records = new RecordFiles(settings.recordDirectory);
  }

  async probe(): Promise<Usability> {
    try {
      void this.#program.path;
      return usable;
    } catch (error) {
      return unusable((error as Error).message);
    }
  }

  async version() {
    const { path } = this.#program;
    const text = await this.#program.version();
    const version = /"version": ?"([^"]+)"/.exec(text)?.[1] ?? '';
    return { version, text: `netavark ${version}`, path };
  }

  async networks(): Promise<readonly NetworkDefinition[]> {
    return [...(await this.#files.all()).values()].map(definitionOf);
  }

  async lookup(nameOrId: string): Promise<NetworkDefinition> {
    return definitionOf(findNetwork(await this.#files.all(), nameOrId));
  }

  async create(request: NetworkRequest): Promise<NetworkDefinition> {
    return this.#files.locked(() => {
      const definition = defineNetwork(request, { existing: this.#files.read(), pools: this.#settings.subnetPools });
      this.#files.write(fileOf(definition));
      return definition;
    });
  }

  async remove(name: string): Promise<void> {
    if (name === this.defaultNetwork) {
      throw new InvalidArgumentError(`default network ${name} cannot be removed`, { code: 'default-network' });
    }
    await this.#files.locked(async () => {
      if (!this.#files.read().has(name)) return;
      await this.#addresses.forget(name);
      this.#files.remove(name);
    });
  }

  async join(request: SandboxRequest): Promise<JoinedSandbox> {
    const { containerId, ports: mappings } = request;
    await this.leave(containerId);
    const ports = reservePorts(mappings);
    let record: SandboxRecord = {
      containerId,
      containerName: request.containerName,
      namespace: newNetworkNamespacePath(),
      ports: mappings.map((mapping) => ({
        host_ip: mapping.hostAddress,
        container_port: mapping.containerPort,
        host_port: mapping.hostPort,
        range: mapping.range,
        protocol: mapping.protocol,
      })),
      networks: [],
    };
    const undo = async (failure: unknown): Promise<never> => {
      ports.release();
      await this.leave(containerId).catch((undoFailure: unknown) => {
        throw withUndoFailure(failure, undoFailure);
      });
      throw failure;
    };
    const allocated = Promise.withResolvers<SandboxRecord>();
    const ready = this.#files
      .locked(async () => {
        record = await this.#prepare(record, request.attachments);
        allocated.resolve(record);
        record = await this.#setUp(record, record.networks);
        return sandboxOf(record);
      })
      .catch(undo);
    ready.catch((failure: unknown) => allocated.reject(failure)); // settled already when the set-up fails
    return {
      sandbox: sandboxOf(await allocated.promise),
      keptDescriptors: ports.descriptors,
      release: ports.release,
      ready,
    };
  }

  async connect(containerId: string, attachment: NetworkAttachment): Promise<Sandbox> {
    const before = this.#existing(containerId);
    return this.#files.locked(async () => {
      const info = findNetwork(this.#files.read(), attachment.network);
      if (before.networks.some(({ name }) => name === info.name)) throw alreadyConnected(containerId, info.name);
      const record = await this.#allocate(before, info, attachment);
      const added = record.networks.filter(({ name }) => name === info.name);
      try {
        return sandboxOf(await this.#setUp(record, added));
      } catch (failure) {
        try {
          await this.#takeDown(record, info.name);
        } catch (undoFailure) {
          throw withUndoFailure(failure, undoFailure);
        }
        throw failure;
      }
    });
  }

  async disconnect(containerId: string, network: string): Promise<Sandbox> {
    this.#existing(containerId);
    return this.#files.locked(async () => sandboxOf(await this.#takeDown(this.#existing(containerId), network)));
  }

  async reload(containerId: string): Promise<Sandbox> {
    this.#existing(containerId);
    return this.#files.locked(async () => {
      const record = this.#existing(containerId);
      await this.#tearDown(record, record.networks);
      return sandboxOf(await this.#setUp(record, record.networks));
    });
  }

  async leave(containerId: string): Promise<void> {
    const record = this.#records.read(containerId);
    if (record === undefined) return;
    if (record.networks.some(({ status }) => status === undefined)) await waitForOrphans(record.namespace);
    if (record.networks.length > 0) {
      await this.#files.locked(async () => {
        await this.#tearDown(record, record.networks);
        for (const { name } of record.networks) await this.#addresses.free(name, containerId);
      });
    }
    removeNetworkNamespace(record.namespace);
    this.#records.remove(containerId);
  }

  async sandbox(containerId: string): Promise<Sandbox | undefined> {
    const record = this.#records.read(containerId);
    return record === undefined ? undefined : sandboxOf(record);
  }

  async sandboxes(): Promise<readonly string[]> {
    return this.#records.ids();
  }

  #existing(containerId: string): SandboxRecord {
    const record = this.#records.read(containerId);
    if (record !== undefined) return record;
    throw new NotFoundError(`container ${containerId} has no network namespace`, { code: 'no-such-sandbox' });
  }

  /** Makes the namespace and allocates the addresses of all networks; the lock of the networks is held. */
  async #prepare(empty: SandboxRecord, attachments: readonly NetworkAttachment[]): Promise<SandboxRecord> {
    const all = this.#files.read();
    const found = attachments.map((attachment) => ({ attachment, info: findNetwork(all, attachment.network) }));
    this.#records.write(empty);
    makeNetworkNamespace(empty.namespace);
    let record = empty;
    for (const { attachment, info } of found) record = await this.#allocate(record, info, attachment);
    return record;
  }

  /** Writes the network down before it takes addresses of it: who finds the record frees them. */
  async #allocate(record: SandboxRecord, info: NetworkFile, attachment: NetworkAttachment): Promise<SandboxRecord> {
    const { containerId } = record;
    const aliases = [...new Set([...(attachment.aliases ?? []), containerId.slice(0, 12)])];
    const draft: RecordedNetwork = {
      name: info.name,
      info,
      attachment: {
        interface_name: attachment.interfaceName ?? freeInterface(record),
        ...(attachment.macAddress !== undefined && { static_mac: attachment.macAddress }),
        aliases,
      },
    };
    this.#records.write({ ...record, networks: [...record.networks, draft] });
    const addresses = await this.#addresses.allocate(definitionOf(info), containerId, attachment.addresses ?? []);
    const allocated: SandboxRecord = {
      ...record,
      networks: [...record.networks, { ...draft, attachment: { ...draft.attachment, static_ips: addresses } }],
    };
    this.#records.write(allocated);
    return allocated;
  }

  /** Has netavark make the interfaces of these networks, and writes down what it answers. */
  async #setUp(record: SandboxRecord, networks: readonly RecordedNetwork[]): Promise<SandboxRecord> {
    if (networks.length === 0) return record;
    const status = await this.#program.setUp(record.namespace, inputOf(record, networks));
    // netavark 1.4 leaves that to the kernel, and the other containers lose their gateway for a while
    for (const { driver, network_interface: bridge } of networks.map(({ info }) => info))
      if (driver === 'bridge' && bridge !== undefined) keepLinkAddress(bridge);
    const made: SandboxRecord = {
      ...record,
      networks: record.networks.map((network) => {
        const answer = status[network.name];
        return answer === undefined ? network : { ...network, status: answer };
      }),
    };
    this.#records.write(made);
    return made;
  }

  async #takeDown(record: SandboxRecord, name: string): Promise<SandboxRecord> {
    const network = record.networks.find((joined) => joined.name === name);
    if (network === undefined) return record;
    await this.#tearDown(record, [network]);
    await this.#addresses.free(name, record.containerId);
    const rest = { ...record, networks: record.networks.filter((joined) => joined !== network) };
    this.#records.write(rest);
    return rest;
  }

  /** Goes on when a part is not there (any more): netavark takes down what it finds, and then says what it did not find. */
  async #tearDown(record: SandboxRecord, networks: readonly RecordedNetwork[]): Promise<void> {
    if (networks.length === 0 || !isNetworkNamespace(record.namespace)) return;
    try {
      await this.#program.tearDown(record.namespace, inputOf(record, networks));
    } catch (error) {
      if (!EngineError.isInstance(error) || error.kind !== 'runtime-failed') throw error;
      const isComplete = networks.every(({ status }) => status !== undefined);
      this.#settings.log(
        isComplete ? 'warn' : 'info',
        `taking down the network of container ${record.containerId}: ${error.message}`,
      );
    }
  }
}

function inputOf(record: SandboxRecord, networks: readonly RecordedNetwork[]): NetavarkInput {
  return {
    container_id: record.containerId,
    container_name: record.containerName,
    ...(record.ports.length > 0 && { port_mappings: record.ports }),
    networks: Object.fromEntries(networks.map(({ name, attachment }) => [name, attachment])),
    network_info: Object.fromEntries(networks.map(({ name, info }) => [name, info])),
  };
}

/** `eth0`, `eth1`, …: the first that the sandbox does not have. */
function freeInterface({ networks }: SandboxRecord): string {
  const taken = new Set(networks.map(({ attachment }) => attachment.interface_name));
  for (let number = 0; ; number += 1) if (!taken.has(`eth${number}`)) return `eth${number}`;
}

function sandboxOf(record: SandboxRecord): Sandbox {
  return { namespace: record.namespace, networks: record.networks.map(joinedNetwork) };
}

function joinedNetwork({ name, attachment, info, status }: RecordedNetwork): JoinedNetwork {
  const made = Object.entries(status?.interfaces ?? {})[0];
  return {
    network: name,
    driver: info.driver,
    interfaceName: made?.[0] ?? attachment.interface_name,
    macAddress: made?.[1].mac_address ?? attachment.static_mac,
    addresses: made === undefined ? expectedAddresses(info, attachment.static_ips ?? []) : madeAddresses(made[1]),
    aliases: attachment.aliases ?? [],
    dnsServers: status === undefined ? expectedServers(info) : (status.dns_server_ips ?? []),
    searchDomains: status === undefined ? (servesNames(info) ? [searchDomain] : []) : (status.dns_search_domains ?? []),
  };
}

function madeAddresses({ subnets }: NonNullable<NetavarkStatus[string]['interfaces']>[string]): JoinedAddress[] {
  return (subnets ?? []).map(({ ipnet, gateway }) => {
    const [address = '', length = ''] = ipnet.split('/');
    return { address, prefixLength: Number(length), ...(gateway !== undefined && { gateway }) };
  });
}

/** What netavark will answer: it makes what it is told. */
function expectedAddresses({ subnets }: NetworkFile, addresses: readonly string[]): JoinedAddress[] {
  return addresses.map((address, index) => {
    const { subnet = '', gateway } = subnets?.[index] ?? {};
    return { address, prefixLength: Number(subnet.split('/')[1] ?? 0), ...(gateway !== undefined && { gateway }) };
  });
}

function servesNames({ driver, dns_enabled: enabled }: NetworkFile): boolean {
  return enabled && driver === 'bridge';
}

function expectedServers(info: NetworkFile): string[] {
  return servesNames(info) ? (info.subnets ?? []).flatMap(({ gateway }) => gateway ?? []) : [];
}

function alreadyConnected(containerId: string, network: string): AlreadyExistsError {
  return new AlreadyExistsError(
    `container ${containerId} is already connected to network "${network}": network is already connected`,
    {
      code: 'already-connected',
    },
  );
}
