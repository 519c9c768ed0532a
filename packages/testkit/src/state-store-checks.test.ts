import type { StateStore } from '@tspod/core';
import { describe, expect, it } from 'vitest';
import { createMemoryState, createMemoryStateStore, type MemoryState, rebootMemoryState } from './memory-state-store.ts';
import { type StateStoreFixture, stateStoreChecks } from './state-store-checks.ts';

/** A way to break a good store, by the name of a check that has to notice. */
const defects: Readonly<Record<string, (store: StateStore, data: MemoryState) => Partial<StateStore>>> = {
  'shows a reservation only as an intent': () => ({ intents: async () => [] }),
  'gives a name to one holder only': (_, { entries }) => ({
    reserve: async (reservation) => {
      entries.set(reservation.id, { reservation, since: 1, config: undefined, lastRun: undefined, removing: false });
    },
  }),
  'gives an id to one holder only': (store, { entries }) => ({
    reserve: async (reservation) => {
      entries.delete(reservation.id);
      await store.reserve(reservation);
    },
  }),
  'lets one of many racing reservations win': (store, { entries }) => ({
    reserve: async (reservation) => {
      const taken = [...entries.values()].some((entry) => entry.reservation.name === reservation.name);
      await new Promise(setImmediate);
      if (taken) return store.reserve(reservation);
      entries.set(reservation.id, { reservation, since: 1, config: undefined, lastRun: undefined, removing: false });
    },
  }),
  'returns a config as it was committed, also when opened anew': (store) => ({
    commit: ({ logTag, ...config }) => store.commit({ ...config, logTag: undefined }),
  }),
  'commits only what is reserved': (store) => ({
    commit: (config) =>
      store.reserve(config).then(
        () => store.commit(config),
        () => store.commit(config),
      ),
  }),
  'writes a config once': (store, { entries }) => ({
    commit: async (config) => {
      const entry = entries.get(config.id);
      if (entry?.config === undefined) return store.commit(config);
      entry.config = config;
    },
  }),
  'gives back what a reservation held when it is abandoned': () => ({ abandon: async () => undefined }),
  'does not abandon a container': (_, { entries }) => ({ abandon: async (id) => void entries.delete(id) }),
  'marks a container whose removal has begun and hides nothing': (store) => ({
    containers: async () => (await store.containers()).filter(({ removing }) => !removing),
  }),
  'begins to remove only what was committed': (store) => ({
    beginRemoval: (id) => store.beginRemoval(id).catch(() => undefined),
  }),
  'forgets everything about a removed container and nothing else': (_, { entries }) => ({
    finishRemoval: async (id) => void entries.delete(id),
  }),
  'lists containers oldest first, each with its own state': (store) => ({
    containers: async () => [...(await store.containers())].reverse(),
  }),
  'looks up by id, then by name, then by unique prefix': (store) => ({
    lookup: async (wanted) =>
      (await store.containers()).find(({ config }) => config.id.startsWith(wanted)) ?? store.lookup(wanted),
  }),
  'names containers that an ambiguous prefix fits': (store) => ({
    lookup: async (wanted) =>
      (await store.containers()).find(({ config }) => config.id.startsWith(wanted)) ?? store.lookup(wanted),
  }),
  'takes what is looked up literally': (store) => ({ lookup: (wanted) => store.lookup(wanted.replaceAll(/[%_]/g, '')) }),
  'replaces the live state as a whole': (store, { live }) => ({
    saveLive: (id, state) => store.saveLive(id, { ...live.get(id), ...state }),
  }),
  'keeps the end of the last run, also after a reboot': (_, data) => ({
    saveExit: async (id, exit) => {
      const entry = data.entries.get(id);
      if (entry !== undefined) entry.lastRun ??= exit;
    },
  }),
  'keeps changed resources beside the config, also after a reboot': (_, { entries }) => ({
    saveResources: async (id, resources) => {
      const entry = entries.get(id);
      if (entry !== undefined) entry.resources = { ...entry.resources, ...resources };
    },
  }),
  'keeps the networks of a container, also when opened anew, until it is removed': (_, data) => ({
    saveNetworks: async (id, networks) => {
      const entry = data.entries.get(id);
      if (entry !== undefined) entry.networks ??= networks;
    },
  }),
  'saves nothing for a container that it does not have': (_, { sessions }) => ({
    saveExecSession: async (session) => void sessions.set(session.id, session),
  }),
  'keeps exec sessions apart, in the order of their creation': (_, { sessions }) => ({
    execSessions: async () => [...sessions.values()],
  }),
  'drops live state and exec sessions at a reboot, keeps configs and intents': (store, { entries }) => ({
    saveLive: async (id, live) => {
      await store.saveLive(id, live);
      // also kept where no reboot gets at it
      Object.assign(entries.get(id) ?? {}, { lastRun: undefined, kept: live });
    },
    containers: async () =>
      (await store.containers()).map((container) => ({
        ...container,
        live: container.live ?? (entries.get(container.config.id) as { kept?: typeof container.live } | undefined)?.kept,
      })),
  }),
  'shows a reserved pod only as an intent': (store) => ({
    intents: async () => (await store.intents()).filter(({ object }) => object !== 'pod'),
  }),
  'gives names and ids to a pod or a container, never to both': (_, { pods }) => ({
    reservePod: async (reservation) => {
      pods.set(reservation.id, { reservation, since: 1, config: undefined, removing: false });
    },
  }),
  "returns a pod's config as it was committed, also after a reboot": (store) => ({
    commitPod: (config) => store.commitPod({ ...config, infraId: undefined }),
  }),
  'commits a pod once, and only a reserved one': (store) => ({
    commitPod: (config) => store.commitPod(config).catch(() => undefined),
  }),
  'looks pods up by id, then by name, then by unique prefix, oldest first in lists': (store) => ({
    lookupPod: async (wanted) =>
      (await store.pods()).find(({ config }) => config.id.startsWith(wanted)) ?? store.lookupPod(wanted),
  }),
  'knows which containers belong to a pod': (store) => ({ podContainers: async () => store.containers() }),
  'lets no container join a pod that is not there or is being removed': (store) => ({
    beginPodRemoval: async () => undefined,
    commit: ({ pod, ...config }) => store.commit(config),
  }),
  'removes a pod only when it is empty, and marks it before': (_, { pods }) => ({
    finishPodRemoval: async (id) => void pods.delete(id),
  }),
  'keeps a container that others depend on': (_, { entries }) => ({
    beginRemoval: async (id) => void Object.assign(entries.get(id) ?? {}, { removing: true }),
  }),
  'lets nothing depend on what is not there or is being removed': (store) => ({
    commit: ({ dependencies, ...config }) => store.commit(config),
  }),
  'shows a reserved volume only as an intent': (store) => ({
    intents: async () => (await store.intents()).filter(({ object }) => object !== 'volume'),
  }),
  'gives the name of a volume to one of many who race for it': (_, { volumes }) => ({
    reserveVolume: async (reservation) => {
      volumes.set(reservation.name, { reservation, since: 1, volume: undefined, removing: false });
    },
  }),
  "returns a volume's config as it was committed and its flags as they were saved, also after a reboot": (store) => ({
    saveVolumeFlags: (name, flags) => store.saveVolumeFlags(name, { ...flags, gid: 0 }),
  }),
  'commits a volume once, and only a reserved one': (store) => ({
    commitVolume: (config, flags) => store.commitVolume(config, flags).catch(() => undefined),
  }),
  'looks volumes up by name, then by unique prefix, and lists them by name': (store) => ({
    lookupVolume: async (wanted) =>
      (await store.volumes()).find(({ config }) => config.name.startsWith(wanted)) ?? store.lookupVolume(wanted),
  }),
  'knows which containers use a volume, and keeps it for them': (_, { volumes }) => ({
    beginVolumeRemoval: async (name) => void Object.assign(volumes.get(name) ?? {}, { removing: true }),
  }),
  'lets no container use a volume that is not there or is being removed': (store) => ({
    commit: ({ volumes, ...config }) => store.commit(config),
  }),
  'removes a volume, and marks it before': (store) => ({
    beginVolumeRemoval: async () => undefined,
    finishVolumeRemoval: (name) =>
      store.beginVolumeRemoval(name).then(
        () => store.finishVolumeRemoval(name),
        () => undefined,
      ),
  }),
  'claims a second name, and shows that only as an intent': (store) => ({
    intents: async () => (await store.intents()).filter(({ kind }) => kind !== 'rename'),
  }),
  'gives a claimed name to nobody else, and claims none that is held': (_, { entries }) => ({
    beginRename: async (id, name) => void Object.assign(entries.get(id) ?? {}, { claimed: { name, since: 1 } }),
  }),
  'gives a container its new name and frees the old one': (_, { entries }) => ({
    finishRename: async (id) => {
      const entry = entries.get(id);
      if (entry?.config && entry.claimed) entry.config = { ...entry.config, name: entry.claimed.name };
      if (entry) entry.claimed = undefined;
    },
  }),
  'gives a claimed name back': () => ({ abandonRename: async () => undefined }),
  'renames only a container that is there and stays': (store) => ({
    finishRemoval: async (id) => {
      const { config } = (await store.container(id)) ?? {};
      await store.finishRemoval(id);
      if (config) await store.reserve({ ...config, name: 'wanted' });
    },
  }),
  'hands out copies': (store, { entries }) => ({
    lookup: async (wanted) => {
      const found = await store.lookup(wanted);
      return { ...found, config: entries.get(found.config.id)?.config ?? found.config };
    },
  }),
  'can be closed twice and answers nothing afterwards': () => ({ close: async () => undefined }),
};

function memoryFixture(breakStore: (store: StateStore, data: MemoryState) => Partial<StateStore>): StateStoreFixture {
  const data = createMemoryState();
  return {
    async open() {
      const store = createMemoryStateStore(data);
      return { ...store, ...breakStore(store, data) };
    },
    reboot: async () => rebootMemoryState(data),
    cleanup: async () => undefined,
  };
}

describe('the checks of the state store suite', () => {
  it('are each proven by a defect', () => {
    expect(Object.keys(defects)).toEqual(stateStoreChecks.map(({ name }) => name));
  });

  it.each(stateStoreChecks)('notices when a store does not keep: $name', async ({ name, run }) => {
    await run(memoryFixture(() => ({})));
    await expect(run(memoryFixture(defects[name] ?? (() => ({}))))).rejects.toThrow();
  });
});
