import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ContainerConfig } from '../container/config.ts';
import { type LockedContainer, withLocked } from '../container/guard.ts';
import { isAlive } from '../container/state.ts';
import { remove as removeContainer } from '../container/verbs/remove.ts';
import type { Network, NetworkAttachment, NetworkDefinition, NetworkRequest, Sandbox } from '../contracts/network.ts';
import type { StoredContainer } from '../contracts/state-store.ts';
import {
  AlreadyExistsError,
  EngineError,
  InUseError,
  InvalidArgumentError,
  InvalidStateError,
  NotFoundError,
  unlessMissing,
} from '../errors.ts';
import { addHostEntries, removeHostEntries } from '../hosts.ts';
import { removePod } from '../pod/verbs/remove.ts';
import { recordEvent } from '../runtime/events.ts';
import type { RuntimeParts } from '../runtime/parts.ts';
import { type NetworkFilters, networkFilter } from './filters.ts';
import { networksOf } from './networks-of.ts';
import { resolvConfOf } from './resolv-conf-of.ts';
import { factsOf } from './run-files.ts';
import { attachmentsOf } from './sandbox.ts';
import { sweepSandboxes } from './sweep.ts';

export interface RemoveNetworkOptions {
  /** Remove the containers and pods that use it first, those that run, too. Default: false. */
  readonly force?: boolean | undefined;
  /** Seconds of patience for each of these. Default: the container's own. */
  readonly timeout?: number | undefined;
}

/** What became of one network that was to be pruned. */
export interface PrunedNetwork {
  readonly name: string;
  readonly failure?: unknown;
}

/** How a container is connected: `network` by name or id. */
export type ConnectOptions = Omit<NetworkAttachment, 'network' | 'interfaceName'>;

/** What can be done with networks; loaded when the first of it is done. */
export class NetworkOperations {
  readonly #parts: RuntimeParts;

  constructor(parts: RuntimeParts) {
    this.#parts = parts;
  }

  async create(request: NetworkRequest): Promise<NetworkDefinition> {
    await sweepSandboxes(this.#parts);
    const network = await (await this.#backend()).create(request);
    await recordEvent(this.#parts, { type: 'network', action: 'create', id: network.id, name: network.name });
    return network;
  }

  async list(options: { readonly filters?: NetworkFilters | undefined } = {}): Promise<NetworkDefinition[]> {
    return this.#chosen(options.filters ?? {}, 'list');
  }

  async get(nameOrId: string): Promise<NetworkDefinition> {
    return (await this.#backend()).lookup(nameOrId);
  }

  async exists(nameOrId: string): Promise<boolean> {
    return (await unlessMissing(this.get(nameOrId))) !== undefined;
  }

  async remove(nameOrId: string, { force = false, timeout }: RemoveNetworkOptions = {}): Promise<string> {
    const backend = await this.#backend();
    const { name, id } = await backend.lookup(nameOrId);
    if (name === backend.defaultNetwork) await backend.remove(name); // refuses
    const users = await this.#usersOf(name);
    if (users.length > 0 && !force) throw inUse(nameOrId, users);
    for (const { config } of users) await this.#removeUser(config, timeout);
    await sweepSandboxes(this.#parts);
    await backend.remove(name);
    await recordEvent(this.#parts, { type: 'network', action: 'remove', id, name });
    return name;
  }

  async prunable(options: { readonly filters?: NetworkFilters | undefined } = {}): Promise<string[]> {
    const { defaultNetwork } = await this.#backend();
    const used = await this.#usedNames();
    return (await this.#chosen(options.filters ?? {}, 'prune'))
      .map(({ name }) => name)
      .filter((name) => name !== defaultNetwork && !used.has(name));
  }

  async prune(options: { readonly filters?: NetworkFilters | undefined } = {}): Promise<PrunedNetwork[]> {
    const pruned: PrunedNetwork[] = [];
    for (const name of await this.prunable(options)) {
      try {
        await this.remove(name);
        pruned.push({ name });
      } catch (failure) {
        const isSettled = EngineError.isInstance(failure) && (failure.kind === 'not-found' || failure.kind === 'in-use');
        if (!isSettled) pruned.push({ name, failure });
      }
    }
    return pruned;
  }

  async connect(nameOrId: string, containerId: string, options: ConnectOptions = {}): Promise<void> {
    const backend = await this.#backend();
    const { name: network } = await backend.lookup(nameOrId);
    await withLocked(this.#parts, containerId, async (container) => {
      requireNetworks(container);
      const { config, state } = container;
      const before = attachmentsOf(config, container.networks);
      const known = before.find((attachment) => attachment.network === network);
      const attachment: NetworkAttachment = { ...options, network };
      if (!isAlive(state)) {
        const others = before.filter((one) => one !== known);
        await this.#parts.state.saveNetworks(config.id, [...others, attachment]);
      } else {
        if (known !== undefined) throw alreadyConnected(config.id, network);
        const sandbox = await backend.connect(config.id, attachment);
        await this.#parts.state.saveNetworks(config.id, [...before, attachment]);
        const added = sandbox.networks.find((joined) => joined.network === network);
        const addresses = added?.addresses.map(({ address }) => address) ?? [];
        this.#updateFiles(container, sandbox, (hosts, names) => addHostEntries(hosts, addresses, names));
      }
      await this.#tell('connect', config, network);
    });
  }

  async disconnect(nameOrId: string, containerId: string): Promise<void> {
    const backend = await this.#backend();
    const { name: network } = await backend.lookup(nameOrId);
    await withLocked(this.#parts, containerId, async (container) => {
      requireNetworks(container);
      const { config, state } = container;
      const before = attachmentsOf(config, container.networks);
      if (!before.some((attachment) => attachment.network === network)) {
        throw new NotFoundError(`container ${config.name} is not connected to network ${network}`, { code: 'not-connected' });
      }
      if (isAlive(state)) {
        const joined = (await backend.sandbox(config.id))?.networks.find((one) => one.network === network);
        const sandbox = await backend.disconnect(config.id, network);
        const addresses = joined?.addresses.map(({ address }) => address) ?? [];
        this.#updateFiles(container, sandbox, (hosts, names) => removeHostEntries(hosts, addresses, names));
      }
      await this.#parts.state.saveNetworks(
        config.id,
        before.filter((attachment) => attachment.network !== network),
      );
      await this.#tell('disconnect', config, network);
    });
  }

  async reload(containerId: string): Promise<void> {
    const backend = await this.#backend();
    await withLocked(this.#parts, containerId, async ({ config, state }) => {
      if (!isAlive(state)) {
        throw new InvalidStateError(
          `cannot reload network configuration of container ${config.id}: it is not running: container state improper`,
          { code: 'container-state-improper', actual: state.status, allowed: ['created', 'running', 'paused'] },
        );
      }
      if (config.network !== 'bridge') {
        throw new InvalidArgumentError(
          `cannot reload network configuration of container ${config.id}: it has the network mode ${config.network}: invalid network mode`,
          { code: 'invalid-network-mode' },
        );
      }
      await backend.reload(config.id);
    });
  }

  #backend(): Promise<Network> {
    return networksOf(this.#parts);
  }

  async #chosen(filters: NetworkFilters, verb: 'list' | 'prune'): Promise<NetworkDefinition[]> {
    const backend = await this.#backend();
    const fits = networkFilter(filters, verb, Date.now());
    const used = Object.hasOwn(filters, 'dangling') ? await this.#usedNames() : new Set<string>();
    const all = await backend.networks();
    return all.filter((network) =>
      fits({ network, isUsed: used.has(network.name), isDefault: network.name === backend.defaultNetwork }),
    );
  }

  async #usedNames(): Promise<ReadonlySet<string>> {
    const containers = await this.#parts.state.containers();
    return new Set(containers.flatMap((stored) => attachmentsOf(stored.config, stored.networks).map(({ network }) => network)));
  }

  async #usersOf(name: string): Promise<StoredContainer[]> {
    const containers = await this.#parts.state.containers();
    return containers.filter((stored) => attachmentsOf(stored.config, stored.networks).some(({ network }) => network === name));
  }

  /** A pod goes as a whole: its infra container is what is in the network. */
  async #removeUser({ id, pod, isInfra }: ContainerConfig, timeout: number | undefined): Promise<void> {
    try {
      if (isInfra && pod !== undefined) await removePod(this.#parts, pod, { force: true, timeout });
      else await removeContainer(this.#parts, id, { force: true, timeout });
    } catch (error) {
      if (!EngineError.isInstance(error) || error.kind !== 'not-found') throw error;
    }
  }

  /** In place: the container has the files mounted. */
  #updateFiles(
    { parts, config, live }: LockedContainer,
    sandbox: Sandbox,
    change: (hosts: string, names: readonly string[]) => string,
  ): void {
    const { networking, hostname, name } = config;
    if (!networking?.noHosts) {
      const path = join(live.runDir, 'hosts');
      writeFileSync(path, change(readFileSync(path, 'utf8'), [...new Set([hostname, name])]));
    }
    const resolvConf = resolvConfOf(parts, config, factsOf(sandbox));
    if (resolvConf !== undefined) writeFileSync(join(live.runDir, 'resolv.conf'), resolvConf);
  }

  async #tell(action: 'connect' | 'disconnect', { id }: ContainerConfig, network: string): Promise<void> {
    await recordEvent(this.#parts, { type: 'network', action, id, network });
  }
}

function requireNetworks({ config }: LockedContainer): void {
  if (config.network === 'bridge') return;
  throw new InvalidArgumentError(`"${config.network}" is not supported: invalid network mode`, {
    code: 'invalid-network-mode',
    hint: 'only containers of the mode bridge can be connected to networks',
  });
}

function inUse(nameOrId: string, users: readonly StoredContainer[]): InUseError {
  return new InUseError(
    `"${nameOrId}" has associated containers with it. Use -f to forcibly delete containers and pods: network is being used`,
    { code: 'network-in-use', users: users.map(({ config }) => config.id) },
  );
}

function alreadyConnected(containerId: string, network: string): AlreadyExistsError {
  return new AlreadyExistsError(
    `container ${containerId} is already connected to network "${network}": network is already connected`,
    { code: 'already-connected' },
  );
}
