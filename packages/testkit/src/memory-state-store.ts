import {
  AlreadyExistsError,
  type ExecSession,
  type Intent,
  InUseError,
  InvalidArgumentError,
  InvalidStateError,
  type LastRun,
  type LiveState,
  NotFoundError,
  type PodReservation,
  type Reservation,
  RuntimeStoppedError,
  type StateStore,
  type StoredContainer,
  type StoredPod,
  type StoredVolume,
  type VolumeReservation,
} from '@tspod/core';

/** What a `MemoryState` holds of one container, reserved or committed. */
interface Entry {
  reservation: Reservation;
  since: number;
  /** What it is about to be called. */
  claimed?: { readonly name: string; readonly since: number } | undefined;
  config: StoredContainer['config'] | undefined;
  lastRun: LastRun | undefined;
  resources?: StoredContainer['resources'];
  networks?: StoredContainer['networks'];
  removing: boolean;
}

/** Likewise of a pod. */
interface PodEntry {
  readonly reservation: PodReservation;
  since: number;
  config: StoredPod['config'] | undefined;
  removing: boolean;
}

interface VolumeEntry {
  readonly reservation: VolumeReservation;
  since: number;
  volume: Omit<StoredVolume, 'removing'> | undefined;
  removing: boolean;
}

/** The data of memory stores: stores that are made with the same one share it. */
export interface MemoryState {
  readonly entries: Map<string, Entry>;
  readonly pods: Map<string, PodEntry>;
  readonly volumes: Map<string, VolumeEntry>;
  readonly live: Map<string, LiveState>;
  readonly sessions: Map<string, ExecSession>;
}

export function createMemoryState(): MemoryState {
  return { entries: new Map(), pods: new Map(), volumes: new Map(), live: new Map(), sessions: new Map() };
}

/** Makes void what a reboot makes void. */
export function rebootMemoryState({ live, sessions }: MemoryState): void {
  live.clear();
  sessions.clear();
}

/** A `StateStore` for tests that keeps nothing beyond the process. It passes `stateStoreSuite`. */
export function createMemoryStateStore(data: MemoryState = createMemoryState()): StateStore {
  const { entries, pods, volumes, live, sessions } = data;
  let closed = false;

  async function whileOpen<Result>(action: () => Result): Promise<Result> {
    if (closed) throw new RuntimeStoppedError('the memory state store is closed', { code: 'store-closed' });
    // copies on every way out, as a database would hand out
    return structuredClone(action());
  }

  const committed = () => [...entries.values()].flatMap((entry) => (entry.config ? [stored(entry, entry.config)] : []));
  const find = (fits: (config: StoredContainer['config']) => boolean) => committed().filter(({ config }) => fits(config));

  function stored(entry: Entry, config: StoredContainer['config']): StoredContainer {
    const { lastRun, resources, networks, removing } = entry;
    const changed = { ...(resources !== undefined && { resources }), ...(networks !== undefined && { networks }) };
    return { config, live: live.get(config.id), lastRun, ...changed, removing };
  }

  function requireEntry(id: string): Entry {
    const entry = entries.get(id);
    if (entry?.config === undefined) throw noSuchContainer(id);
    return entry;
  }

  function refuseHeld(kind: 'container' | 'pod', { id, name }: PodReservation): void {
    const claims = [...entries.values()].flatMap(({ reservation, claimed }) =>
      claimed ? [{ id: reservation.id, ...claimed }] : [],
    );
    const held = [...[...entries.values(), ...pods.values()].map(({ reservation }) => reservation), ...claims];
    const holder = held.find((other) => other.id === id) ?? held.find((other) => other.name === name);
    if (holder === undefined) return;
    const taken = holder.id === id ? 'id' : 'name';
    throw new AlreadyExistsError(`the ${taken} of ${name} (${id}) is held by ${holder.name} (${holder.id})`, {
      code: taken === 'id' ? 'id-exists' : `${kind}-exists`,
    });
  }

  function checkJoins({ pod, dependencies = [], volumes: used = [] }: StoredContainer['config']): void {
    const joined = pod === undefined ? undefined : pods.get(pod);
    if (pod !== undefined && joined === undefined) throw noSuchPod(pod);
    if (joined?.removing) throw beingRemoved('pod', joined.reservation.id);
    for (const needed of dependencies) if (requireEntry(needed).removing) throw beingRemoved('dependency', needed);
    for (const name of used) if (requireVolume(name).removing) throw beingRemoved('volume', name);
  }

  function requireVolume(name: string): VolumeEntry & { volume: NonNullable<VolumeEntry['volume']> } {
    const entry = volumes.get(name);
    if (entry?.volume === undefined) throw noSuchVolume(name);
    return entry as VolumeEntry & { volume: NonNullable<VolumeEntry['volume']> };
  }

  const usersOf = (name: string) => find((config) => config.volumes?.includes(name) ?? false).map(({ config }) => config.id);
  const committedVolumes = () =>
    [...volumes.values()]
      .flatMap(({ volume, removing }): StoredVolume[] => (volume ? [{ ...volume, removing }] : []))
      .sort((one, other) => (one.config.name < other.config.name ? -1 : 1));

  const dependentsOf = (id: string) =>
    find(({ dependencies }) => dependencies?.includes(id) ?? false).map(({ config }) => config.id);
  const committedPods = () =>
    [...pods.values()].flatMap(({ config, removing }): StoredPod[] => (config ? [{ config, removing }] : []));

  return {
    specVersion: 'v1',

    reserve: (reservation) =>
      whileOpen(() => {
        const { id, name } = reservation;
        refuseHeld('container', { id, name });
        entries.set(id, {
          reservation: { ...reservation },
          since: Date.now(),
          config: undefined,
          lastRun: undefined,
          removing: false,
        });
      }),

    commit: (config) =>
      whileOpen(() => {
        const entry = entries.get(config.id);
        if (entry?.reservation.name !== config.name) throw noSuchContainer(config.id);
        if (entry.config) throw new AlreadyExistsError(`${config.id} has been committed before`, { code: 'id-exists' });
        checkJoins(config);
        entry.config = structuredClone(config);
      }),

    abandon: (id) =>
      whileOpen(() => {
        if (entries.get(id)?.config === undefined) entries.delete(id);
      }),

    beginRemoval: (id) =>
      whileOpen(() => {
        const entry = requireEntry(id);
        const users = dependentsOf(id);
        if (users.length > 0) throw new InUseError(`${id} is needed by ${users.join(', ')}`, { code: 'container-in-use', users });
        if (!entry.removing) Object.assign(entry, { removing: true, since: Date.now() });
      }),

    finishRemoval: (id) =>
      whileOpen(() => {
        live.delete(id);
        for (const session of sessions.values()) if (session.containerId === id) sessions.delete(session.id);
        if (entries.get(id)?.config !== undefined) entries.delete(id);
      }),

    beginRename: (id, name) =>
      whileOpen(() => {
        const entry = requireEntry(id);
        if (entry.removing) throw beingRemoved('container', id);
        const { claimed } = entry;
        entry.claimed = undefined;
        try {
          refuseHeld('container', { id: '', name });
        } catch (failure) {
          entry.claimed = claimed;
          throw failure;
        }
        entry.claimed = { name, since: Date.now() };
      }),

    finishRename: (id) =>
      whileOpen(() => {
        const entry = entries.get(id);
        if (entry?.config === undefined || entry.claimed === undefined) return;
        const { name } = entry.claimed;
        entry.config = { ...entry.config, name };
        entry.reservation = { ...entry.reservation, name };
        entry.claimed = undefined;
      }),

    abandonRename: (id) =>
      whileOpen(() => {
        const entry = entries.get(id);
        if (entry) entry.claimed = undefined;
      }),

    intents: () =>
      whileOpen(() => [
        ...[...entries.values()].flatMap(({ reservation, claimed }): Intent[] =>
          claimed === undefined
            ? []
            : [{ object: 'container', ...reservation, since: claimed.since, kind: 'rename', newName: claimed.name }],
        ),
        ...[
          ...[...entries.values()].map((entry) => ({ object: 'container' as const, entry, reservation: entry.reservation })),
          ...[...pods.values()].map((entry) => ({ object: 'pod' as const, entry, reservation: entry.reservation })),
          ...[...volumes.values()].map((entry) => ({
            object: 'volume' as const,
            entry: { ...entry, config: entry.volume?.config },
            reservation: entry.reservation,
          })),
        ].flatMap(({ entry: { config, removing, since }, reservation, object }): Intent[] => {
          if (config !== undefined && !removing) return [];
          return [{ object, ...reservation, since, kind: removing ? 'remove' : 'create' } as Intent];
        }),
      ]),

    containers: () => whileOpen(committed),

    container: (id) => whileOpen(() => find((config) => config.id === id)[0]),

    lookup: (wanted) => whileOpen(() => lookUp(wanted, 'container', committed())),

    dependents: (id) => whileOpen(() => dependentsOf(id)),

    reservePod: (reservation) =>
      whileOpen(() => {
        refuseHeld('pod', reservation);
        pods.set(reservation.id, { reservation: { ...reservation }, since: Date.now(), config: undefined, removing: false });
      }),

    commitPod: (config) =>
      whileOpen(() => {
        const entry = pods.get(config.id);
        if (entry?.reservation.name !== config.name) throw noSuchPod(config.id);
        if (entry.config) throw new AlreadyExistsError(`${config.id} has been committed before`, { code: 'id-exists' });
        entry.config = structuredClone(config);
      }),

    abandonPod: (id) =>
      whileOpen(() => {
        if (pods.get(id)?.config === undefined) pods.delete(id);
      }),

    beginPodRemoval: (id) =>
      whileOpen(() => {
        const entry = pods.get(id);
        if (entry?.config === undefined) throw noSuchPod(id);
        if (!entry.removing) Object.assign(entry, { removing: true, since: Date.now() });
      }),

    finishPodRemoval: (id) =>
      whileOpen(() => {
        if (pods.get(id)?.config === undefined) return;
        const users = find(({ pod }) => pod === id).map(({ config }) => config.id);
        if (users.length > 0) throw new InUseError(`${id} still has ${users.join(', ')}`, { code: 'pod-not-empty', users });
        pods.delete(id);
      }),

    pods: () => whileOpen(committedPods),

    pod: (id) => whileOpen(() => committedPods().find(({ config }) => config.id === id)),

    lookupPod: (wanted) => whileOpen(() => lookUp(wanted, 'pod', committedPods())),

    podContainers: (podId) => whileOpen(() => find(({ pod }) => pod === podId)),

    reserveVolume: (reservation) =>
      whileOpen(() => {
        const { name } = reservation;
        if (volumes.has(name)) throw volumeExists(name);
        volumes.set(name, { reservation: { ...reservation }, since: Date.now(), volume: undefined, removing: false });
      }),

    commitVolume: (config, flags) =>
      whileOpen(() => {
        const entry = volumes.get(config.name);
        if (entry === undefined) throw noSuchVolume(config.name);
        if (entry.volume) throw volumeExists(config.name);
        entry.volume = structuredClone({ config, flags });
      }),

    abandonVolume: (name) =>
      whileOpen(() => {
        if (volumes.get(name)?.volume === undefined) volumes.delete(name);
      }),

    beginVolumeRemoval: (name) =>
      whileOpen(() => {
        const entry = requireVolume(name);
        const users = usersOf(name);
        if (users.length > 0) throw new InUseError(`${name} is used by ${users.join(', ')}`, { code: 'volume-in-use', users });
        if (!entry.removing) Object.assign(entry, { removing: true, since: Date.now() });
      }),

    finishVolumeRemoval: (name) =>
      whileOpen(() => {
        if (volumes.get(name)?.volume !== undefined) volumes.delete(name);
      }),

    volumes: () => whileOpen(committedVolumes),

    volume: (name) => whileOpen(() => committedVolumes().find(({ config }) => config.name === name)),

    lookupVolume: (wanted) =>
      whileOpen(() => {
        const all = committedVolumes();
        const exact = all.find(({ config }) => config.name === wanted);
        if (exact !== undefined) return exact;
        const [first, second] = wanted === '' ? [] : all.filter(({ config }) => config.name.startsWith(wanted));
        if (first === undefined) throw noSuchVolume(wanted);
        if (second !== undefined) throw new InvalidArgumentError(`"${wanted}" fits several`, { code: 'ambiguous-volume' });
        return first;
      }),

    volumeUsers: (name) => whileOpen(() => usersOf(name)),

    saveVolumeFlags: (name, flags) =>
      whileOpen(() => {
        const entry = requireVolume(name);
        entry.volume = { config: entry.volume.config, flags: structuredClone(flags) };
      }),

    saveLive: (id, state) =>
      whileOpen(() => {
        requireEntry(id);
        live.set(id, structuredClone(state));
      }),

    saveExit: (id, exit) =>
      whileOpen(() => {
        requireEntry(id).lastRun = structuredClone(exit);
      }),

    saveResources: (id, resources) =>
      whileOpen(() => {
        requireEntry(id).resources = structuredClone(resources);
      }),

    saveNetworks: (id, networks) =>
      whileOpen(() => {
        requireEntry(id).networks = structuredClone(networks);
      }),

    saveExecSession: (session) =>
      whileOpen(() => {
        requireEntry(session.containerId);
        sessions.set(session.id, structuredClone(session));
      }),

    execSession: (id) => whileOpen(() => sessions.get(id)),

    execSessions: (containerId) =>
      whileOpen(() => [...sessions.values()].filter((session) => session.containerId === containerId)),

    removeExecSession: (id) => whileOpen(() => void sessions.delete(id)),

    async close() {
      closed = true;
    },
  };
}

function noSuchContainer(idOrName: string): NotFoundError {
  return new NotFoundError(`no container "${idOrName}"`, { code: 'no-such-container' });
}

function noSuchPod(idOrName: string): NotFoundError {
  return new NotFoundError(`no pod "${idOrName}"`, { code: 'no-such-pod' });
}

function noSuchVolume(name: string): NotFoundError {
  return new NotFoundError(`no volume "${name}"`, { code: 'no-such-volume' });
}

function volumeExists(name: string): AlreadyExistsError {
  return new AlreadyExistsError(`the volume name ${name} is held`, { code: 'volume-exists' });
}

function beingRemoved(what: 'pod' | 'dependency' | 'volume' | 'container', id: string): InvalidStateError {
  return new InvalidStateError(`${id} is being removed`, { code: `${what}-being-removed`, actual: 'removing', allowed: [] });
}

function lookUp<Stored extends { readonly config: { readonly id: string; readonly name: string } }>(
  wanted: string,
  kind: 'container' | 'pod',
  all: readonly Stored[],
): Stored {
  const exact = all.find(({ config }) => config.id === wanted) ?? all.find(({ config }) => config.name === wanted);
  if (exact !== undefined) return exact;
  const fitting = wanted === '' ? [] : all.filter(({ config }) => config.id.startsWith(wanted));
  const [first, second] = fitting;
  if (first === undefined) throw kind === 'pod' ? noSuchPod(wanted) : noSuchContainer(wanted);
  if (second !== undefined) {
    const names = fitting.map(({ config }) => config.name).join(', ');
    throw new InvalidArgumentError(`the prefix "${wanted}" fits ${names}`, { code: `ambiguous-${kind}` });
  }
  return first;
}
