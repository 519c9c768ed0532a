import { checkOptionTypes } from '../argument-types.ts';
import type { NetworkDefinition, NetworkRequest } from '../contracts/network.ts';
import type { NetworkFilters } from '../network/filters.ts';
import type { ConnectOptions, NetworkOperations, PrunedNetwork, RemoveNetworkOptions } from '../network/operations.ts';
import type { RuntimeParts } from './parts.ts';

/** The networks of this machine, and which containers of a `Runtime`'s store are in them. Networks go by name, id or unique prefix of an id. */
export class RuntimeNetworks {
  readonly #parts: RuntimeParts;
  readonly #begin: () => Promise<void>;
  #operations: Promise<NetworkOperations> | undefined;

  /** @param begin what comes before every call */
  constructor(parts: RuntimeParts, begin: () => Promise<void>) {
    this.#parts = parts;
    this.#begin = begin;
  }

  /**
   * Makes a network. A failure leaves nothing.
   * @throws {AlreadyExistsError} `network-exists`, `subnet-in-use`; {InvalidArgumentError} `invalid-name`, `invalid-network`;
   * {NotSupportedError} `network-driver`.
   */
  async create(request: NetworkRequest = {}): Promise<NetworkDefinition> {
    checkOptionTypes('networks.create', request, {
      name: 'a string',
      driver: 'a string',
      interfaceName: 'a string',
      subnets: 'an array',
      ipv6: 'a boolean',
      internal: 'a boolean',
      dns: 'a boolean',
      labels: 'an object of strings',
      options: 'an object of strings',
      ipamDriver: 'a string',
    });
    return (await this.#loaded()).create(request);
  }

  /** Every network that the filters choose (`name`, `id`, `driver`, `label`, `until`, `dangling`), by name. @throws {InvalidArgumentError} `invalid-filter` */
  async list(options?: { readonly filters?: NetworkFilters | undefined }): Promise<NetworkDefinition[]> {
    return (await this.#loaded()).list(options);
  }

  /** @throws {NotFoundError} `no-such-network`; {InvalidArgumentError} `ambiguous-network`. */
  async get(nameOrId: string): Promise<NetworkDefinition> {
    return (await this.#loaded()).get(nameOrId);
  }

  async exists(nameOrId: string): Promise<boolean> {
    return (await this.#loaded()).exists(nameOrId);
  }

  /**
   * Removes a network and answers its name; `force`: with the containers and pods that use it.
   * @throws {InUseError} `network-in-use`; {InvalidArgumentError} `default-network`.
   */
  async remove(nameOrId: string, options?: RemoveNetworkOptions): Promise<string> {
    return (await this.#loaded()).remove(nameOrId, options);
  }

  /** Networks that no container uses and that the filters choose (`label`, `label!`, `until`): what `prune` would remove. */
  async prunable(options?: { readonly filters?: NetworkFilters | undefined }): Promise<string[]> {
    return (await this.#loaded()).prunable(options);
  }

  /** Removes these, each for itself: a failure is an outcome, too. One that is used meanwhile, or gone, is left out. */
  async prune(options?: { readonly filters?: NetworkFilters | undefined }): Promise<PrunedNetwork[]> {
    return (await this.#loaded()).prune(options);
  }

  /**
   * Has a container join a network: at once when it runs, else from its next start on, and then in place of how it was to join it before.
   * @throws {AlreadyExistsError} `already-connected`; {InvalidArgumentError} `invalid-network-mode`; what `Network.connect` throws.
   */
  async connect(nameOrId: string, containerId: string, options?: ConnectOptions): Promise<void> {
    return (await this.#loaded()).connect(nameOrId, containerId, options);
  }

  /** Has a container leave a network. @throws {NotFoundError} `not-connected`; {InvalidArgumentError} `invalid-network-mode`. */
  async disconnect(nameOrId: string, containerId: string): Promise<void> {
    return (await this.#loaded()).disconnect(nameOrId, containerId);
  }

  /** Makes the interfaces, rules and published ports of a running container anew. @throws {InvalidStateError} unless it runs. */
  async reload(containerId: string): Promise<void> {
    return (await this.#loaded()).reload(containerId);
  }

  async #loaded(): Promise<NetworkOperations> {
    await this.#begin();
    this.#operations ??= import('../network/operations.ts').then(({ NetworkOperations }) => new NetworkOperations(this.#parts));
    return this.#operations;
  }
}
