import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  CorruptError,
  InvalidArgumentError,
  makeDirectory,
  type NetworkDefinition,
  NotFoundError,
  readTextIfThere,
  type Subnet,
} from '@tspod/core';
import { lockFile, type RecordLock, replaceFile } from '@tspod/linux';
import { formatAddress, next, parsePrefix } from './address.ts';
import type { NetavarkSettings } from './netavark-settings.ts';

/** podman's id of the default network, on every machine. */
const defaultId = '2f259bab93aaaaa2542ba43ef33eb990d0999ee1b9924b557b7be53c0b7a1bb9';

/** A network as podman, netavark and we store it. Fields that we don't know are kept for netavark. */
export interface NetworkFile {
  readonly name: string;
  readonly id: string;
  readonly driver: string;
  readonly network_interface?: string | undefined;
  readonly created: string;
  readonly subnets?: readonly SubnetEntry[] | null | undefined;
  readonly ipv6_enabled: boolean;
  readonly internal: boolean;
  readonly dns_enabled: boolean;
  readonly labels?: Readonly<Record<string, string>> | null | undefined;
  readonly options?: Readonly<Record<string, string>> | null | undefined;
  readonly ipam_options?: Readonly<Record<string, string>> | null | undefined;
}

interface SubnetEntry {
  readonly subnet: string;
  readonly gateway?: string | undefined;
  readonly lease_range?: { readonly start_ip?: string | undefined; readonly end_ip?: string | undefined } | undefined;
}

/** The files of `/etc/containers/networks`, under the lock that podman takes, too. */
export class NetworkFiles {
  readonly #settings: NetavarkSettings;

  constructor(settings: NetavarkSettings) {
    this.#settings = settings;
  }

  /** Runs `act` while nobody else changes networks or sets up containers in them. Makes the directory. */
  async locked<Result>(act: () => Promise<Result> | Result): Promise<Result> {
    const { configDirectory } = this.#settings;
    makeDirectory(configDirectory, { what: 'directory of networks', flag: '--network-config-dir', mode: 0o755 });
    const lock: RecordLock = await lockFile(join(configDirectory, 'netavark.lock'), 'write');
    try {
      return await act();
    } finally {
      lock.release();
    }
  }

  /** Every network by name, the default one too. Under the lock where a half-written file would matter. */
  read(): ReadonlyMap<string, NetworkFile> {
    const { configDirectory, defaultNetwork } = this.#settings;
    const found = new Map<string, NetworkFile>();
    for (const entry of namesIn(configDirectory)) {
      if (!entry.endsWith('.json') || entry.startsWith('.')) continue;
      const file = this.#readOne(join(configDirectory, entry));
      if (file !== undefined) found.set(file.name, file);
    }
    if (!found.has(defaultNetwork)) found.set(defaultNetwork, this.#default());
    return new Map([...found].sort(([one], [other]) => (one < other ? -1 : 1)));
  }

  /** As `read`, and waits for who writes at the moment. */
  async all(): Promise<ReadonlyMap<string, NetworkFile>> {
    const isThere = statSync(this.#settings.configDirectory, { throwIfNoEntry: false }) !== undefined;
    return isThere ? this.locked(() => this.read()) : this.read();
  }

  write(file: NetworkFile): void {
    replaceFile(this.pathOf(file.name), `${JSON.stringify(file, undefined, 5)}\n`, { mode: 0o644, durable: true });
  }

  remove(name: string): void {
    rmSync(this.pathOf(name), { force: true });
  }

  pathOf(name: string): string {
    return join(this.#settings.configDirectory, `${name}.json`);
  }

  #readOne(path: string): NetworkFile | undefined {
    const text = readTextIfThere(path);
    if (text === undefined) return undefined;
    try {
      const file = JSON.parse(text) as NetworkFile;
      if (typeof file.name !== 'string' || typeof file.id !== 'string' || typeof file.driver !== 'string')
        throw new Error('it has no name, id or driver');
      return file;
    } catch (cause) {
      throw new CorruptError(`the network configuration ${path} can't be understood: ${(cause as Error).message}`, {
        code: 'corrupt-network',
        path,
        hint: 'mend the file, or remove it and make the network anew',
        cause,
      });
    }
  }

  #default(): NetworkFile {
    const { defaultNetwork, defaultSubnet } = this.#settings;
    const prefix = parsePrefix(defaultSubnet);
    if (prefix === undefined)
      throw new InvalidArgumentError(`default_subnet "${defaultSubnet}" in containers.conf is not a subnet`, {
        code: 'invalid-configuration',
      });
    return {
      name: defaultNetwork,
      id: defaultId,
      driver: 'bridge',
      network_interface: `${defaultNetwork}0`.slice(0, 15),
      created: new Date().toISOString(),
      subnets: [{ subnet: defaultSubnet, gateway: formatAddress(next(prefix)) }],
      ipv6_enabled: false,
      internal: false,
      dns_enabled: false,
      ipam_options: { driver: 'host-local' },
    };
  }
}

/** By exact name, exact id or unique prefix of an id. @throws as `Network.lookup` says. */
export function findNetwork(all: ReadonlyMap<string, NetworkFile>, nameOrId: string): NetworkFile {
  const byName = all.get(nameOrId);
  if (byName !== undefined) return byName;
  const found = nameOrId === '' ? [] : [...all.values()].filter(({ id }) => id.startsWith(nameOrId));
  const [only, another] = found;
  if (only === undefined) {
    throw new NotFoundError(`unable to find network with name or ID ${nameOrId}: network not found`, { code: 'no-such-network' });
  }
  if (another !== undefined && only.id !== nameOrId) {
    throw new InvalidArgumentError(`more than one result for network ID ${nameOrId}: network already exists`, {
      code: 'ambiguous-network',
      hint: 'give more digits of the id',
    });
  }
  return only;
}

export function definitionOf(file: NetworkFile): NetworkDefinition {
  return {
    name: file.name,
    id: file.id,
    driver: file.driver,
    interfaceName: file.network_interface ?? '',
    createdAt: file.created,
    subnets: (file.subnets ?? []).map(subnetOf),
    ipv6: file.ipv6_enabled,
    internal: file.internal,
    dns: file.dns_enabled,
    labels: file.labels ?? {},
    options: file.options ?? {},
    ipamDriver: file.ipam_options?.driver ?? 'host-local',
  };
}

function subnetOf({ subnet, gateway, lease_range: range }: SubnetEntry): Subnet {
  return {
    subnet,
    ...(gateway !== undefined && { gateway }),
    ...(range !== undefined && { leaseRange: { start: range.start_ip, end: range.end_ip } }),
  };
}

export function fileOf(definition: NetworkDefinition): NetworkFile {
  const { subnets, labels, options } = definition;
  return {
    name: definition.name,
    id: definition.id,
    driver: definition.driver,
    ...(definition.interfaceName !== '' && { network_interface: definition.interfaceName }),
    created: definition.createdAt,
    ...(subnets.length > 0 && {
      subnets: subnets.map(({ subnet, gateway, leaseRange }) => ({
        subnet,
        ...(gateway !== undefined && { gateway }),
        ...(leaseRange !== undefined && { lease_range: { start_ip: leaseRange.start, end_ip: leaseRange.end } }),
      })),
    }),
    ipv6_enabled: definition.ipv6,
    internal: definition.internal,
    dns_enabled: definition.dns,
    ...(Object.keys(labels).length > 0 && { labels }),
    ...(Object.keys(options).length > 0 && { options }),
    ipam_options: { driver: definition.ipamDriver },
  };
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
