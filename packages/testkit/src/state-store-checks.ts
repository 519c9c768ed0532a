import assert from 'node:assert/strict';
import { EngineError, type ErrorKind, type StateStore } from '@tspod/core';
import type { Check } from './check.ts';
import {
  freshVolume,
  runningState,
  sampleConfig,
  sampleExecSession,
  sampleId,
  samplePodConfig,
  sampleVolumeConfig,
} from './state-store-samples.ts';

/** A fresh, empty store, and what a suite must be able to do to it. */
export interface StateStoreFixture {
  /** Opens the data, also several times at once. */
  open(): Promise<StateStore>;
  /** Makes void what a reboot makes void. Stores that were opened before are not used again. */
  reboot(): Promise<void>;
  /** Closes what is still open and removes the data. */
  cleanup(): Promise<void>;
}

const first = { id: sampleId('ab1'), name: 'first', storage: 'overlay' };
const second = { id: sampleId('ab2'), name: 'second', storage: 'dir' };
const lastRun = { exitCode: 137, finishedAt: '2026-11-23T11:00:00.000Z', oomKilled: true, startedAt: '2026-11-23T10:00:01.000Z' };

async function make(store: StateStore, { id, name, storage }: typeof first): Promise<void> {
  await store.reserve({ id, name, storage });
  await store.commit(sampleConfig({ id, name, storage }));
}

async function refuses(promise: Promise<unknown>, kind: ErrorKind, code: string, ...mentions: string[]): Promise<void> {
  const error: unknown = await promise.then(
    () => assert.fail(`expected ${code}, but it was accepted`),
    (reason) => reason,
  );
  if (!EngineError.isInstance(error)) throw error;
  assert.deepEqual({ kind: error.kind, code: error.code }, { kind, code });
  for (const mention of mentions) assert.ok(error.message.includes(mention), `"${error.message}" does not mention ${mention}`);
}

const pod = { id: sampleId('70d'), name: 'pod' };

async function makePod(store: StateStore, { id, name }: typeof pod): Promise<void> {
  await store.reservePod({ id, name });
  await store.commitPod(samplePodConfig({ id, name }));
}

/** A container that belongs to a pod or needs others. */
async function makeJoined(
  store: StateStore,
  reservation: typeof first,
  joins: { readonly pod?: string; readonly dependencies?: readonly string[]; readonly volumes?: readonly string[] },
): Promise<void> {
  await store.reserve(reservation);
  await store.commit(sampleConfig({ ...reservation, ...joins }));
}

async function makeVolume(store: StateStore, name: string): Promise<void> {
  await store.reserveVolume({ name, driver: 'local' });
  await store.commitVolume(sampleVolumeConfig(name), freshVolume);
}

const missingVolume = (promise: Promise<unknown>) => refuses(promise, 'not-found', 'no-such-volume');
const volumeNames = async (store: StateStore) => (await store.volumes()).map(({ config }) => config.name);
const missingPod = (promise: Promise<unknown>) => refuses(promise, 'not-found', 'no-such-pod');
const podNames = async (store: StateStore) => (await store.pods()).map(({ config }) => config.name);
const missing = (promise: Promise<unknown>) => refuses(promise, 'not-found', 'no-such-container');
const names = async (store: StateStore) => (await store.containers()).map(({ config }) => config.name);
const openIntents = async (store: StateStore) => (await store.intents()).map(({ kind, name }) => `${kind} ${name}`);

export const stateStoreChecks: readonly Check<StateStoreFixture>[] = [
  {
    name: 'shows a reservation only as an intent',
    async run(fixture) {
      const store = await fixture.open();
      await store.reserve(first);
      assert.deepEqual(await names(store), []);
      assert.equal(await store.container(first.id), undefined);
      await missing(store.lookup(first.id));
      await missing(store.lookup(first.name));
      await missing(store.lookup('ab1'));
      const [intent, ...others] = await (await fixture.open()).intents();
      assert.ok(intent && others.length === 0);
      const { since, ...rest } = intent;
      assert.deepEqual(rest, { object: 'container', ...first, kind: 'create' });
      assert.ok(Number.isInteger(since));
    },
  },
  {
    name: 'gives a name to one holder only',
    async run(fixture) {
      const store = await fixture.open();
      const rival = { ...second, name: first.name };
      await store.reserve(first);
      await refuses(store.reserve(rival), 'already-exists', 'container-exists', first.name, first.id);
      await store.commit(sampleConfig(first));
      await refuses(store.reserve(rival), 'already-exists', 'container-exists', first.name, first.id);
      await store.beginRemoval(first.id);
      await refuses(store.reserve(rival), 'already-exists', 'container-exists', first.name, first.id);
      await store.reserve(second);
    },
  },
  {
    name: 'gives an id to one holder only',
    async run(fixture) {
      const store = await fixture.open();
      const rival = { ...second, id: first.id };
      await store.reserve(first);
      await refuses(store.reserve(rival), 'already-exists', 'id-exists', first.name, first.id);
      await store.commit(sampleConfig(first));
      await refuses(store.reserve(rival), 'already-exists', 'id-exists', first.name, first.id);
      await store.reserve(second);
    },
  },
  {
    name: 'lets one of many racing reservations win',
    async run(fixture) {
      const stores = await Promise.all(Array.from({ length: 4 }, () => fixture.open()));
      const attempts = Array.from({ length: 16 }, (_, index) => ({
        id: sampleId(`c${index}e`),
        name: 'wanted',
        storage: 'overlay',
      }));
      const outcomes = await Promise.allSettled(attempts.map((attempt, index) => stores[index % 4]?.reserve(attempt)));
      assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
      assert.equal((await stores[0]?.intents())?.length, 1);
    },
  },
  {
    name: 'returns a config as it was committed, also when opened anew',
    async run(fixture) {
      const store = await fixture.open();
      await make(store, first);
      const expected = { config: sampleConfig(first), live: undefined, lastRun: undefined, removing: false };
      assert.deepEqual(await store.container(first.id), expected);
      assert.deepEqual(await openIntents(store), []);
      const again = await fixture.open();
      assert.deepEqual(await again.lookup(first.id), expected);
      assert.deepEqual(await again.containers(), [expected]);
    },
  },
  {
    name: 'commits only what is reserved',
    async run(fixture) {
      const store = await fixture.open();
      await missing(store.commit(sampleConfig(first)));
      await store.reserve(first);
      await missing(store.commit(sampleConfig({ ...first, name: 'other' })));
      await store.abandon(first.id);
      await missing(store.commit(sampleConfig(first)));
      assert.deepEqual(await names(store), []);
    },
  },
  {
    name: 'writes a config once',
    async run(fixture) {
      const store = await fixture.open();
      await make(store, first);
      await refuses(store.commit(sampleConfig({ ...first, hostname: 'changed' })), 'already-exists', 'id-exists', first.id);
      assert.equal((await store.container(first.id))?.config.hostname, 'host');
    },
  },
  {
    name: 'gives back what a reservation held when it is abandoned',
    async run(fixture) {
      const store = await fixture.open();
      await store.reserve(first);
      await store.abandon(first.id);
      await store.abandon(first.id);
      await store.abandon(second.id);
      assert.deepEqual(await store.intents(), []);
      await make(store, { ...second, name: first.name });
      await make(store, { ...first, name: second.name });
    },
  },
  {
    name: 'does not abandon a container',
    async run(fixture) {
      const store = await fixture.open();
      await make(store, first);
      await store.abandon(first.id);
      await store.beginRemoval(first.id);
      await store.abandon(first.id);
      assert.deepEqual(await names(store), [first.name]);
    },
  },
  {
    name: 'marks a container whose removal has begun and hides nothing',
    async run(fixture) {
      const store = await fixture.open();
      await make(store, first);
      await make(store, second);
      await store.beginRemoval(first.id);
      await store.beginRemoval(first.id);
      assert.deepEqual(await openIntents(await fixture.open()), ['remove first']);
      assert.deepEqual(
        (await store.containers()).map(({ removing }) => removing),
        [true, false],
      );
      assert.equal((await store.lookup(first.name)).removing, true);
      assert.equal((await store.container(first.id))?.removing, true);
    },
  },
  {
    name: 'begins to remove only what was committed',
    async run(fixture) {
      const store = await fixture.open();
      await missing(store.beginRemoval(first.id));
      await store.reserve(first);
      await missing(store.beginRemoval(first.id));
      assert.deepEqual(await openIntents(store), ['create first']);
    },
  },
  {
    name: 'forgets everything about a removed container and nothing else',
    async run(fixture) {
      const store = await fixture.open();
      for (const each of [first, second]) {
        await make(store, each);
        await store.saveLive(each.id, runningState(100));
        await store.saveExit(each.id, lastRun);
        await store.saveExecSession(sampleExecSession(`${each.name}-session`, each.id));
      }
      await store.beginRemoval(first.id);
      await store.finishRemoval(first.id);
      await store.finishRemoval(first.id);
      assert.deepEqual(await names(store), [second.name]);
      assert.deepEqual(await store.intents(), []);
      await missing(store.lookup(first.name));
      assert.equal(await store.execSession('first-session'), undefined);
      assert.deepEqual(await store.execSessions(first.id), []);
      const survivor = await store.lookup(second.id);
      assert.deepEqual({ live: survivor.live, lastRun: survivor.lastRun }, { live: runningState(100), lastRun });
      assert.equal((await store.execSessions(second.id)).length, 1);
      await make(store, first);
      const reborn = await store.lookup(first.id);
      assert.deepEqual(
        { live: reborn.live, lastRun: reborn.lastRun, removing: reborn.removing },
        {
          live: undefined,
          lastRun: undefined,
          removing: false,
        },
      );
    },
  },
  {
    name: 'lists containers oldest first, each with its own state',
    async run(fixture) {
      const store = await fixture.open();
      const made = ['f', '3', 'a', '1', 'c'].map((digit) => ({ id: sampleId(digit), name: `n-${digit}`, storage: 'overlay' }));
      for (const [index, { id, name }] of made.entries()) {
        await store.reserve({ id, name, storage: 'overlay' });
        await store.commit(sampleConfig({ id, name, createdAt: `2026-11-23T10:00:0${index}.000Z` }));
        if (index !== 2) await store.saveLive(id, runningState(index));
      }
      await store.saveExit(sampleId('a'), lastRun);
      const listed = await (await fixture.open()).containers();
      assert.deepEqual(
        listed.map(({ config }) => config.name),
        made.map(({ name }) => name),
      );
      assert.deepEqual(
        listed.map(({ live }) => live),
        [0, 1, undefined, 3, 4].map((pid) => (pid === undefined ? undefined : runningState(pid))),
      );
      assert.deepEqual(
        listed.map((container) => container.lastRun),
        [undefined, undefined, lastRun, undefined, undefined],
      );
    },
  },
  {
    name: 'looks up by id, then by name, then by unique prefix',
    async run(fixture) {
      const store = await fixture.open();
      const named = { id: sampleId('cd1'), name: 'ab1', storage: 'overlay' };
      for (const each of [first, second, named]) await make(store, each);
      const found = async (wanted: string) => (await store.lookup(wanted)).config.id;
      assert.equal(await found(first.id), first.id);
      assert.equal(await found('second'), second.id);
      assert.equal(await found('ab1'), named.id);
      assert.equal(await found('ab2'), second.id);
      assert.equal(await found('c'), named.id);
      const nameLikeId = { id: sampleId('ee1'), name: second.id, storage: 'overlay' };
      await make(store, nameLikeId);
      assert.equal(await found(second.id), second.id);
    },
  },
  {
    name: 'names containers that an ambiguous prefix fits',
    async run(fixture) {
      const store = await fixture.open();
      await make(store, first);
      await make(store, second);
      await refuses(store.lookup('ab'), 'invalid-argument', 'ambiguous-container', '"ab"', first.name, second.name);
      await store.beginRemoval(first.id);
      await store.finishRemoval(first.id);
      assert.equal((await store.lookup('ab')).config.id, second.id);
    },
  },
  {
    name: 'takes what is looked up literally',
    async run(fixture) {
      const store = await fixture.open();
      await make(store, first);
      for (const wanted of ['', '%', '_', 'a_1', 'ab%', 'a*', 'AB1', 'FIRST', 'fir', `${first.id}0`, `' OR 1=1 --`]) {
        await missing(store.lookup(wanted));
      }
      assert.equal(await store.container('ab1'), undefined);
      assert.equal(await store.container(first.name), undefined);
    },
  },
  {
    name: 'replaces the live state as a whole',
    async run(fixture) {
      const store = await fixture.open();
      await make(store, first);
      await store.saveLive(first.id, runningState(100));
      assert.deepEqual((await store.lookup(first.id)).live, runningState(100));
      const configured = { state: { status: 'configured' }, runDir: '/run/y' } as const;
      await store.saveLive(first.id, configured);
      assert.deepEqual((await (await fixture.open()).container(first.id))?.live, configured);
    },
  },
  {
    name: 'keeps the end of the last run, also after a reboot',
    async run(fixture) {
      const store = await fixture.open();
      await make(store, first);
      await store.saveExit(first.id, { ...lastRun, exitCode: 1 });
      await store.saveExit(first.id, lastRun);
      await fixture.reboot();
      assert.deepEqual((await (await fixture.open()).lookup(first.id)).lastRun, lastRun);
    },
  },
  {
    name: 'keeps changed resources beside the config, also after a reboot',
    async run(fixture) {
      const store = await fixture.open();
      await make(store, first);
      await make(store, second);
      const { config, resources } = await store.lookup(first.id);
      assert.equal(resources, undefined);
      await store.saveResources(first.id, { memory: { limit: 1024 }, pids: { limit: 3 } });
      await store.saveResources(first.id, { cpu: { shares: 7 } });
      await fixture.reboot();
      const reopened = await fixture.open();
      const changed = await reopened.lookup(first.id);
      assert.deepEqual(changed.resources, { cpu: { shares: 7 } });
      assert.deepEqual(changed.config, config);
      assert.equal((await reopened.lookup(second.id)).resources, undefined);
      const [listed] = await reopened.containers();
      assert.deepEqual(listed?.resources, { cpu: { shares: 7 } });
    },
  },
  {
    name: 'keeps the networks of a container, also when opened anew, until it is removed',
    async run(fixture) {
      const store = await fixture.open();
      await make(store, first);
      await make(store, second);
      await store.saveNetworks(first.id, [{ network: 'one' }, { network: 'two' }]);
      const networks = [{ network: 'two', aliases: ['alias'], addresses: ['10.0.0.2'] }];
      await store.saveNetworks(first.id, networks);
      const again = await fixture.open();
      assert.deepEqual((await again.container(first.id))?.networks, networks);
      assert.deepEqual((await again.lookup(first.name)).networks, networks);
      const listed = (await again.containers()).map((container) => container.networks);
      assert.deepEqual(listed, [networks, undefined]);
      await again.saveNetworks(first.id, []);
      assert.deepEqual((await again.container(first.id))?.networks, []);
      await missing(store.saveNetworks(sampleId('f'), networks));
    },
  },
  {
    name: 'saves nothing for a container that it does not have',
    async run(fixture) {
      const store = await fixture.open();
      const attempts = [
        () => store.saveLive(first.id, runningState(1)),
        () => store.saveExit(first.id, lastRun),
        () => store.saveResources(first.id, {}),
        () => store.saveExecSession(sampleExecSession('session', first.id)),
      ];
      for (const attempt of attempts) await missing(attempt());
      await store.reserve(first);
      for (const attempt of attempts) await missing(attempt());
      assert.equal(await store.execSession('session'), undefined);
    },
  },
  {
    name: 'keeps exec sessions apart, in the order of their creation',
    async run(fixture) {
      const store = await fixture.open();
      await make(store, first);
      await make(store, second);
      const sessions = ['z', 'a', 'm'].map((id) => sampleExecSession(id, first.id));
      for (const session of sessions) await store.saveExecSession(session);
      await store.saveExecSession(sampleExecSession('other', second.id));
      const ended = {
        ...sampleExecSession('z', first.id),
        exit: { exitCode: 3, finishedAt: lastRun.finishedAt, oomKilled: false },
      };
      await store.saveExecSession(ended);
      assert.deepEqual(await store.execSessions(first.id), [ended, ...sessions.slice(1)]);
      assert.deepEqual(await (await fixture.open()).execSession('z'), ended);
      await store.removeExecSession('z');
      await store.removeExecSession('z');
      assert.equal(await store.execSession('z'), undefined);
      assert.deepEqual(await store.execSessions(first.id), sessions.slice(1));
      assert.equal((await store.execSessions(second.id)).length, 1);
    },
  },
  {
    name: 'drops live state and exec sessions at a reboot, keeps configs and intents',
    async run(fixture) {
      const store = await fixture.open();
      await make(store, first);
      await make(store, second);
      await store.saveLive(first.id, runningState(100));
      await store.saveExecSession(sampleExecSession('session', first.id));
      await store.beginRemoval(second.id);
      await store.reserve({ ...first, id: sampleId('cc'), name: 'third' });
      await fixture.reboot();
      const after = await fixture.open();
      assert.deepEqual(
        (await after.containers()).map(({ config, live, removing }) => ({ name: config.name, live, removing })),
        [
          { name: 'first', live: undefined, removing: false },
          { name: 'second', live: undefined, removing: true },
        ],
      );
      assert.equal(await after.execSession('session'), undefined);
      assert.deepEqual(await after.execSessions(first.id), []);
      assert.deepEqual(await openIntents(after), ['remove second', 'create third']);
    },
  },
  {
    name: 'shows a reserved pod only as an intent',
    async run(fixture) {
      const store = await fixture.open();
      await store.reservePod(pod);
      assert.deepEqual(await podNames(store), []);
      assert.equal(await store.pod(pod.id), undefined);
      for (const wanted of [pod.id, pod.name, '70d']) await missingPod(store.lookupPod(wanted));
      const [intent, ...others] = await (await fixture.open()).intents();
      assert.ok(intent && others.length === 0);
      const { since, ...rest } = intent;
      assert.deepEqual(rest, { object: 'pod', ...pod, kind: 'create' });
      assert.ok(Number.isInteger(since));
    },
  },
  {
    name: 'gives names and ids to a pod or a container, never to both',
    async run(fixture) {
      const store = await fixture.open();
      await store.reservePod(pod);
      await refuses(store.reserve({ ...first, name: pod.name }), 'already-exists', 'container-exists', pod.name, pod.id);
      await refuses(store.reserve({ ...first, id: pod.id }), 'already-exists', 'id-exists', pod.id);
      await refuses(store.reservePod({ ...pod, id: sampleId('e') }), 'already-exists', 'pod-exists', pod.name, pod.id);
      await refuses(store.reservePod({ ...pod, name: 'other' }), 'already-exists', 'id-exists', pod.id);
      await store.commitPod(samplePodConfig(pod));
      await refuses(store.reserve({ ...first, name: pod.name }), 'already-exists', 'container-exists', pod.name, pod.id);
      await store.reserve(first);
      await refuses(
        store.reservePod({ id: sampleId('e'), name: first.name }),
        'already-exists',
        'pod-exists',
        first.name,
        first.id,
      );
      await refuses(store.reservePod({ id: first.id, name: 'other' }), 'already-exists', 'id-exists', first.id);
      await make(store, second);
      assert.deepEqual(await openIntents(store), ['create first']);
    },
  },
  {
    name: "returns a pod's config as it was committed, also after a reboot",
    async run(fixture) {
      const store = await fixture.open();
      await makePod(store, pod);
      const expected = { config: samplePodConfig(pod), removing: false };
      assert.deepEqual(await store.pod(pod.id), expected);
      assert.deepEqual(await openIntents(store), []);
      await fixture.reboot();
      const again = await fixture.open();
      assert.deepEqual(await again.lookupPod(pod.name), expected);
      assert.deepEqual(await again.pods(), [expected]);
    },
  },
  {
    name: 'commits a pod once, and only a reserved one',
    async run(fixture) {
      const store = await fixture.open();
      await missingPod(store.commitPod(samplePodConfig(pod)));
      await store.reservePod(pod);
      await missingPod(store.commitPod(samplePodConfig({ ...pod, name: 'other' })));
      await store.abandonPod(pod.id);
      await store.abandonPod(pod.id);
      await missingPod(store.commitPod(samplePodConfig(pod)));
      await makePod(store, pod);
      await store.abandonPod(pod.id);
      await refuses(store.commitPod(samplePodConfig({ ...pod, hostname: 'changed' })), 'already-exists', 'id-exists', pod.id);
      assert.equal((await store.pod(pod.id))?.config.hostname, 'host');
    },
  },
  {
    name: 'looks pods up by id, then by name, then by unique prefix, oldest first in lists',
    async run(fixture) {
      const store = await fixture.open();
      const pods = [
        { id: sampleId('fe1'), name: 'first' },
        { id: sampleId('fe2'), name: 'second' },
        { id: sampleId('0a'), name: 'fe1' },
      ];
      for (const each of pods) await makePod(store, each);
      await make(store, { ...second, name: 'container' });
      const found = async (wanted: string) => (await store.lookupPod(wanted)).config.name;
      assert.equal(await found(sampleId('fe1')), 'first');
      assert.equal(await found('fe1'), 'fe1');
      assert.equal(await found('fe2'), 'second');
      assert.equal(await found('0'), 'fe1');
      await refuses(store.lookupPod('fe'), 'invalid-argument', 'ambiguous-pod', '"fe"', 'first', 'second');
      for (const wanted of ['', '%', 'sec', 'container', second.id]) await missingPod(store.lookupPod(wanted));
      await missing(store.lookup('first'));
      assert.deepEqual(await podNames(store), ['first', 'second', 'fe1']);
    },
  },
  {
    name: 'knows which containers belong to a pod',
    async run(fixture) {
      const store = await fixture.open();
      await store.reservePod(pod);
      await makeJoined(store, second, { pod: pod.id });
      await store.commitPod(samplePodConfig(pod));
      await make(store, { id: sampleId('aa'), name: 'stranger', storage: 'overlay' });
      await makeJoined(store, first, { pod: pod.id });
      await store.saveLive(first.id, runningState(7));
      const members = await (await fixture.open()).podContainers(pod.id);
      assert.deepEqual(
        members.map(({ config, live }) => ({ name: config.name, pod: config.pod, live })),
        [
          { name: 'second', pod: pod.id, live: undefined },
          { name: 'first', pod: pod.id, live: runningState(7) },
        ],
      );
      assert.deepEqual(await store.podContainers(sampleId('e')), []);
    },
  },
  {
    name: 'lets no container join a pod that is not there or is being removed',
    async run(fixture) {
      const store = await fixture.open();
      await store.reserve(first);
      const config = sampleConfig({ ...first, pod: pod.id });
      await missingPod(store.commit(config));
      await makePod(store, pod);
      await store.beginPodRemoval(pod.id);
      await refuses(store.commit(config), 'invalid-state', 'pod-being-removed', pod.id);
      assert.deepEqual(await names(store), []);
      assert.deepEqual(await store.podContainers(pod.id), []);
      assert.deepEqual(await openIntents(store), ['create first', 'remove pod']);
    },
  },
  {
    name: 'removes a pod only when it is empty, and marks it before',
    async run(fixture) {
      const store = await fixture.open();
      await missingPod(store.beginPodRemoval(pod.id));
      await makePod(store, pod);
      await makeJoined(store, first, { pod: pod.id });
      await store.beginPodRemoval(pod.id);
      await store.beginPodRemoval(pod.id);
      assert.equal((await store.lookupPod(pod.name)).removing, true);
      const [refused] = await Promise.allSettled([store.finishPodRemoval(pod.id)]);
      assert.equal(refused.status, 'rejected');
      const { code, users } = refused.reason as { code: unknown; users: unknown };
      assert.deepEqual({ code, users }, { code: 'pod-not-empty', users: [first.id] });
      await store.beginRemoval(first.id);
      await store.finishRemoval(first.id);
      await store.finishPodRemoval(pod.id);
      await store.finishPodRemoval(pod.id);
      assert.deepEqual(await podNames(store), []);
      assert.deepEqual(await openIntents(store), []);
      await make(store, { ...first, name: pod.name });
    },
  },
  {
    name: 'keeps a container that others depend on',
    async run(fixture) {
      const store = await fixture.open();
      const third = { id: sampleId('0c'), name: 'third', storage: 'overlay' };
      await make(store, first);
      await makeJoined(store, second, { dependencies: [first.id] });
      await makeJoined(store, third, { dependencies: [first.id, second.id] });
      assert.deepEqual(await (await fixture.open()).dependents(first.id), [second.id, third.id]);
      await refuses(store.beginRemoval(first.id), 'in-use', 'container-in-use', first.id, second.id);
      assert.deepEqual(await openIntents(store), []);
      for (const { id } of [third, second]) {
        await store.beginRemoval(id);
        await store.finishRemoval(id);
      }
      assert.deepEqual(await store.dependents(first.id), []);
      await store.beginRemoval(first.id);
    },
  },
  {
    name: 'lets nothing depend on what is not there or is being removed',
    async run(fixture) {
      const store = await fixture.open();
      await store.reserve(second);
      const config = sampleConfig({ ...second, dependencies: [first.id] });
      await missing(store.commit(config));
      await store.reserve(first);
      await missing(store.commit(config));
      await store.commit(sampleConfig(first));
      await store.beginRemoval(first.id);
      await refuses(store.commit(config), 'invalid-state', 'dependency-being-removed', first.id);
      assert.deepEqual(await names(store), ['first']);
      assert.deepEqual(await store.dependents(first.id), []);
    },
  },
  {
    name: 'shows a reserved volume only as an intent',
    async run(fixture) {
      const store = await fixture.open();
      await store.reserveVolume({ name: 'data', driver: 'local' });
      assert.deepEqual(await volumeNames(store), []);
      assert.equal(await store.volume('data'), undefined);
      await missingVolume(store.lookupVolume('data'));
      await missingVolume(store.beginVolumeRemoval('data'));
      const [intent, ...others] = await (await fixture.open()).intents();
      assert.ok(intent && others.length === 0);
      const { since, ...rest } = intent;
      assert.deepEqual(rest, { object: 'volume', name: 'data', driver: 'local', kind: 'create' });
      assert.ok(Number.isInteger(since));
      await store.abandonVolume('data');
      await store.abandonVolume('data');
      assert.deepEqual(await store.intents(), []);
      await makeVolume(store, 'data');
      await store.abandonVolume('data');
      assert.deepEqual(await volumeNames(store), ['data']);
    },
  },
  {
    name: 'gives the name of a volume to one of many who race for it',
    async run(fixture) {
      const stores = await Promise.all(Array.from({ length: 4 }, () => fixture.open()));
      const attempts = Array.from({ length: 16 }, (_, index) =>
        stores[index % 4]?.reserveVolume({ name: 'data', driver: String(index) }),
      );
      const outcomes = await Promise.allSettled(attempts);
      assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
      const [store] = stores;
      assert.ok(store);
      assert.equal((await store.intents()).length, 1);
      await store.commitVolume(sampleVolumeConfig('data'), freshVolume);
      await refuses(store.reserveVolume({ name: 'data', driver: 'local' }), 'already-exists', 'volume-exists', 'data');
      // names of volumes are their own
      await make(store, { ...first, name: 'data' });
    },
  },
  {
    name: "returns a volume's config as it was committed and its flags as they were saved, also after a reboot",
    async run(fixture) {
      const store = await fixture.open();
      await makeVolume(store, 'data');
      await makeVolume(store, 'other');
      assert.deepEqual((await store.volume('data'))?.flags, freshVolume);
      const used = { needsCopyUp: false, needsChown: false, uid: 5, gid: 6 };
      await store.saveVolumeFlags('data', used);
      await missingVolume(store.saveVolumeFlags('none', used));
      await fixture.reboot();
      const opened = await fixture.open();
      assert.deepEqual(await opened.volume('data'), { config: sampleVolumeConfig('data'), flags: used, removing: false });
      assert.deepEqual((await opened.volume('other'))?.flags, freshVolume);
    },
  },
  {
    name: 'commits a volume once, and only a reserved one',
    async run(fixture) {
      const store = await fixture.open();
      await missingVolume(store.commitVolume(sampleVolumeConfig('data'), freshVolume));
      await makeVolume(store, 'data');
      const again = { ...sampleVolumeConfig('data'), driver: 'changed' };
      await refuses(store.commitVolume(again, freshVolume), 'already-exists', 'volume-exists', 'data');
      assert.equal((await store.volume('data'))?.config.driver, 'local');
    },
  },
  {
    name: 'looks volumes up by name, then by unique prefix, and lists them by name',
    async run(fixture) {
      const store = await fixture.open();
      for (const name of ['data-two', 'cache', 'data', 'x_y']) await makeVolume(store, name);
      assert.deepEqual(await volumeNames(store), ['cache', 'data', 'data-two', 'x_y']);
      const found = async (wanted: string) => (await store.lookupVolume(wanted)).config.name;
      assert.equal(await found('data'), 'data');
      assert.equal(await found('c'), 'cache');
      assert.equal(await found('data-'), 'data-two');
      assert.equal(await store.volume('c'), undefined);
      await refuses(store.lookupVolume('dat'), 'invalid-argument', 'ambiguous-volume');
      for (const wanted of ['', 'none', 'da%', 'x_z', '_']) await missingVolume(store.lookupVolume(wanted));
    },
  },
  {
    name: 'knows which containers use a volume, and keeps it for them',
    async run(fixture) {
      const store = await fixture.open();
      await makeVolume(store, 'data');
      await makeVolume(store, 'other');
      await makeJoined(store, second, { volumes: ['data', 'other'] });
      await makeJoined(store, first, { volumes: ['data'] });
      assert.deepEqual(await store.volumeUsers('data'), [second.id, first.id]);
      assert.deepEqual(await store.volumeUsers('other'), [second.id]);
      await refuses(store.beginVolumeRemoval('data'), 'in-use', 'volume-in-use', first.id, second.id);
      await store.beginRemoval(second.id);
      await refuses(store.beginVolumeRemoval('other'), 'in-use', 'volume-in-use', second.id);
      await store.finishRemoval(second.id);
      await store.beginVolumeRemoval('other');
      assert.deepEqual(await store.volumeUsers('data'), [first.id]);
      assert.equal((await store.volume('data'))?.removing, false);
    },
  },
  {
    name: 'lets no container use a volume that is not there or is being removed',
    async run(fixture) {
      const store = await fixture.open();
      await store.reserveVolume({ name: 'reserved', driver: 'local' });
      await missingVolume(makeJoined(store, first, { volumes: ['reserved'] }));
      await store.abandon(first.id);
      await makeVolume(store, 'data');
      await store.beginVolumeRemoval('data');
      await refuses(makeJoined(store, first, { volumes: ['data'] }), 'invalid-state', 'volume-being-removed', 'data');
      assert.deepEqual(await names(store), []);
    },
  },
  {
    name: 'removes a volume, and marks it before',
    async run(fixture) {
      const store = await fixture.open();
      await makeVolume(store, 'data');
      await store.beginVolumeRemoval('data');
      await store.beginVolumeRemoval('data');
      assert.equal((await store.volume('data'))?.removing, true);
      await fixture.reboot();
      const opened = await fixture.open();
      assert.deepEqual(await openIntents(opened), ['remove data']);
      await opened.finishVolumeRemoval('data');
      await opened.finishVolumeRemoval('data');
      assert.deepEqual(await openIntents(opened), []);
      assert.equal(await opened.volume('data'), undefined);
      await makeVolume(opened, 'data');
    },
  },
  {
    name: 'claims a second name, and shows that only as an intent',
    async run(fixture) {
      const store = await fixture.open();
      await make(store, first);
      await store.beginRename(first.id, 'earlier');
      await store.beginRename(first.id, 'later');
      assert.deepEqual(await names(store), [first.name]);
      await missing(store.lookup('later'));
      const [intent, ...others] = await (await fixture.open()).intents();
      assert.ok(intent && others.length === 0);
      const { since, ...rest } = intent;
      assert.deepEqual(rest, { object: 'container', ...first, kind: 'rename', newName: 'later' });
      assert.ok(Number.isInteger(since));
      await make(store, { ...second, name: 'earlier' });
    },
  },
  {
    name: 'gives a claimed name to nobody else, and claims none that is held',
    async run(fixture) {
      const store = await fixture.open();
      const third = { id: sampleId('0c'), name: 'third', storage: 'overlay' };
      for (const each of [first, second]) await make(store, each);
      await store.reserve(third);
      await makePod(store, pod);
      await store.beginRename(first.id, 'wanted');
      const taken = (name: string, holder: string) =>
        refuses(store.beginRename(second.id, name), 'already-exists', 'container-exists', name, holder);
      await taken('wanted', first.id);
      await taken(first.name, first.id);
      await taken(second.name, second.id);
      await taken(third.name, third.id);
      await taken(pod.name, pod.id);
      const rival = { ...third, id: sampleId('0d'), name: 'wanted' };
      await refuses(store.reserve(rival), 'already-exists', 'container-exists', 'wanted', first.id);
      await refuses(store.reservePod(rival), 'already-exists', 'pod-exists', 'wanted', first.id);
      assert.equal((await store.intents()).filter(({ kind }) => kind === 'rename').length, 1);
    },
  },
  {
    name: 'gives a container its new name and frees the old one',
    async run(fixture) {
      const store = await fixture.open();
      for (const each of [first, second]) await make(store, each);
      await store.finishRename(first.id);
      await store.beginRename(first.id, 'new');
      await store.finishRename(first.id);
      await store.finishRename(first.id);
      assert.deepEqual(await store.intents(), []);
      const again = await fixture.open();
      assert.deepEqual((await again.lookup('new')).config, sampleConfig({ ...first, name: 'new' }));
      assert.equal((await again.container(first.id))?.config.name, 'new');
      assert.deepEqual(await names(again), ['new', second.name]);
      await missing(again.lookup(first.name));
      await make(store, { id: sampleId('0c'), name: first.name, storage: 'overlay' });
    },
  },
  {
    name: 'gives a claimed name back',
    async run(fixture) {
      const store = await fixture.open();
      await make(store, first);
      await store.beginRename(first.id, 'wanted');
      await store.abandonRename(first.id);
      await store.abandonRename(first.id);
      await store.finishRename(first.id);
      assert.deepEqual(await store.intents(), []);
      assert.deepEqual(await names(store), [first.name]);
      await make(store, { ...second, name: 'wanted' });
    },
  },
  {
    name: 'renames only a container that is there and stays',
    async run(fixture) {
      const store = await fixture.open();
      await missing(store.beginRename(first.id, 'wanted'));
      await store.reserve(first);
      await missing(store.beginRename(first.id, 'wanted'));
      await make(store, second);
      await store.beginRename(second.id, 'wanted');
      await store.beginRemoval(second.id);
      await refuses(store.beginRename(second.id, 'other'), 'invalid-state', 'container-being-removed', second.id);
      await store.finishRemoval(second.id);
      assert.deepEqual(await openIntents(store), ['create first']);
      await make(store, { ...second, name: 'wanted' });
    },
  },
  {
    name: 'hands out copies',
    async run(fixture) {
      const store = await fixture.open();
      const config = sampleConfig(first);
      const live = runningState(1);
      await store.reserve(first);
      await store.commit(config);
      await store.saveLive(first.id, live);
      Object.assign(config.labels, { changed: 'by the caller' });
      Object.assign(live.state, { status: 'paused' });
      const handedOut = await store.lookup(first.id);
      Object.assign(handedOut.config.labels, { changed: 'by a reader' });
      assert.deepEqual((await store.lookup(first.id)).config, sampleConfig(first));
      assert.deepEqual((await store.lookup(first.id)).live, runningState(1));
    },
  },
  {
    name: 'can be closed twice and answers nothing afterwards',
    async run(fixture) {
      const store = await fixture.open();
      await make(store, first);
      await store.close();
      await store.close();
      await refuses(store.containers(), 'stopped', 'store-closed');
      await refuses(store.reserve(second), 'stopped', 'store-closed');
      assert.deepEqual(await names(await fixture.open()), [first.name]);
    },
  },
];
