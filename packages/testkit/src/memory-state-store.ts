import {
  AlreadyExistsError,
  type ExecSession,
  type Intent,
  InvalidArgumentError,
  type LastRun,
  type LiveState,
  NotFoundError,
  type Reservation,
  RuntimeStoppedError,
  type StateStore,
  type StoredContainer,
} from '@tspod/core';

/** What a `MemoryState` holds of one container, reserved or committed. */
interface Entry {
  readonly reservation: Reservation;
  since: number;
  config: StoredContainer['config'] | undefined;
  lastRun: LastRun | undefined;
  removing: boolean;
}

/** The data of memory stores: stores that are made with the same one share it. */
export interface MemoryState {
  readonly entries: Map<string, Entry>;
  readonly live: Map<string, LiveState>;
  readonly sessions: Map<string, ExecSession>;
}

export function createMemoryState(): MemoryState {
  return { entries: new Map(), live: new Map(), sessions: new Map() };
}

/** Makes void what a reboot makes void. */
export function rebootMemoryState({ live, sessions }: MemoryState): void {
  live.clear();
  sessions.clear();
}

/** A `StateStore` for tests that keeps nothing beyond the process. It passes `stateStoreSuite`. */
export function createMemoryStateStore(data: MemoryState = createMemoryState()): StateStore {
  const { entries, live, sessions } = data;
  let closed = false;

  async function whileOpen<Result>(action: () => Result): Promise<Result> {
    if (closed) throw new RuntimeStoppedError('the memory state store is closed', { code: 'store-closed' });
    // copies on every way out, as a database would hand out
    return structuredClone(action());
  }

  const committed = () => [...entries.values()].flatMap((entry) => (entry.config ? [stored(entry, entry.config)] : []));
  const find = (fits: (config: StoredContainer['config']) => boolean) => committed().filter(({ config }) => fits(config));

  function stored(entry: Entry, config: StoredContainer['config']): StoredContainer {
    return { config, live: live.get(config.id), lastRun: entry.lastRun, removing: entry.removing };
  }

  function requireEntry(id: string): Entry {
    const entry = entries.get(id);
    if (entry?.config === undefined) throw noSuchContainer(id);
    return entry;
  }

  return {
    specVersion: 'v1',

    reserve: (reservation) =>
      whileOpen(() => {
        const { id, name } = reservation;
        const holder = entries.get(id) ?? [...entries.values()].find((entry) => entry.reservation.name === name);
        if (holder !== undefined) {
          const taken = holder.reservation.id === id ? 'id' : 'name';
          throw new AlreadyExistsError(
            `the ${taken} of ${name} (${id}) is held by ${holder.reservation.name} (${holder.reservation.id})`,
            {
              code: taken === 'id' ? 'id-exists' : 'container-exists',
            },
          );
        }
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
        entry.config = structuredClone(config);
      }),

    abandon: (id) =>
      whileOpen(() => {
        if (entries.get(id)?.config === undefined) entries.delete(id);
      }),

    beginRemoval: (id) =>
      whileOpen(() => {
        const entry = requireEntry(id);
        if (!entry.removing) Object.assign(entry, { removing: true, since: Date.now() });
      }),

    finishRemoval: (id) =>
      whileOpen(() => {
        live.delete(id);
        for (const session of sessions.values()) if (session.containerId === id) sessions.delete(session.id);
        if (entries.get(id)?.config !== undefined) entries.delete(id);
      }),

    intents: () =>
      whileOpen(() =>
        [...entries.values()].flatMap(({ reservation, since, config, removing }): Intent[] => {
          if (config !== undefined && !removing) return [];
          return [{ ...reservation, since, kind: removing ? 'remove' : 'create' }];
        }),
      ),

    containers: () => whileOpen(committed),

    container: (id) => whileOpen(() => find((config) => config.id === id)[0]),

    lookup: (wanted) =>
      whileOpen(() => {
        const [exact] = [...find(({ id }) => id === wanted), ...find(({ name }) => name === wanted)];
        if (exact !== undefined) return exact;
        const fitting = wanted === '' ? [] : find(({ id }) => id.startsWith(wanted));
        const [first, second] = fitting;
        if (first === undefined) throw noSuchContainer(wanted);
        if (second !== undefined) {
          const names = fitting.map(({ config }) => config.name).join(', ');
          throw new InvalidArgumentError(`the prefix "${wanted}" fits ${names}`, { code: 'ambiguous-container' });
        }
        return first;
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
