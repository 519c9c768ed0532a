import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { generateId, type RootfsStorage, type StoreCheckRequest, type StoreProblem } from '@tspod/core';
import type { Check } from './check.ts';
import type { RootfsStorageFixture } from './rootfs-storage-checks.ts';

/** A storage with what containers can be made from, and ways to damage it. */
export interface StoreCheckFixture extends RootfsStorageFixture {
  readonly instance: RootfsStorage & Required<Pick<RootfsStorage, 'check'>>;
  /** At least one that can be mended safely, one that can't without a loss, and one that a person has to look at. */
  readonly damages: readonly StoreDamage[];
}

/** What a crash, or somebody, can do to a store. */
export interface StoreDamage {
  /** Of the problem that has to be found. */
  readonly kind: string;
  readonly mending: StoreProblem['mending'];
  /** Does it, and answers the subject of the problem. */
  inflict(): Promise<string>;
}

const request = (more: Partial<StoreCheckRequest> = {}): StoreCheckRequest => ({
  repair: false,
  force: false,
  quick: false,
  unusedLayerAge: 86_400_000,
  containers: new Map(),
  ...more,
});

const summary = (problems: readonly Pick<StoreProblem, 'kind' | 'subject'>[]) =>
  problems.map(({ kind, subject }) => `${kind} ${subject}`).sort();

async function inflict({ damages }: StoreCheckFixture, ...mendings: readonly StoreProblem['mending'][]) {
  const chosen = damages.filter(({ mending }) => mendings.includes(mending));
  for (const mending of mendings)
    assert.ok(
      chosen.some((damage) => damage.mending === mending),
      `no damage is ${mending}`,
    );
  const inflicted = [];
  for (const damage of chosen) inflicted.push({ ...damage, subject: await damage.inflict() });
  return inflicted;
}

/** A container of the fixture's image or directory, mounted, and how the storage is to take it. */
async function useContainer({ instance, image, directory }: StoreCheckFixture) {
  const id = generateId();
  const source = image
    ? ({ kind: 'image', imageId: image.id, imageName: image.name } as const)
    : ({ kind: 'directory', path: directory ?? '', overlay: true } as const);
  await instance.create({ id, name: 'used', source });
  const root = await instance.mount(id);
  return { root, known: image ? 'bin/busybox' : 'marker', containers: new Map([[id, { alive: true }]]) };
}

export const storeCheckChecks: readonly Check<StoreCheckFixture>[] = [
  {
    name: 'finds nothing in a sound store, also while a container runs',
    async run(fixture) {
      const { instance } = fixture;
      assert.deepEqual(await instance.check(request()), []);
      const { containers } = await useContainer(fixture);
      assert.deepEqual(await instance.check(request({ containers })), []);
      assert.deepEqual(await instance.check(request({ containers, repair: true, force: true, unusedLayerAge: 0 })), []);
    },
  },
  {
    name: 'names every damage, and changes nothing unless it is asked to',
    async run(fixture) {
      const inflicted = await inflict(fixture, 'safe', 'lossy');
      for (let time = 0; time < 2; time++) {
        const problems = await fixture.instance.check(request());
        assert.deepEqual(summary(problems), summary(inflicted));
        for (const { kind, subject, message, mending, mended } of problems) {
          assert.ok(message.includes(subject), `"${message}" does not name ${subject}`);
          assert.equal(mending, inflicted.find((damage) => damage.kind === kind)?.mending, kind);
          assert.equal(mended, false, kind);
        }
      }
    },
  },
  {
    name: 'mends what takes nothing away, when asked to, and leaves the rest',
    async run(fixture) {
      const { instance } = fixture;
      const used = await useContainer(fixture);
      const { containers } = used;
      const inflicted = await inflict(fixture, 'safe', 'lossy');
      const problems = await instance.check(request({ containers, repair: true }));
      assert.deepEqual(summary(problems), summary(inflicted));
      for (const { kind, mending, mended } of problems) assert.equal(mended, mending === 'safe', kind);
      const left = inflicted.filter(({ mending }) => mending === 'lossy');
      assert.deepEqual(summary(await instance.check(request({ containers }))), summary(left));
      assert.ok(existsSync(join(used.root, used.known)), 'a container in use has lost its root');
    },
  },
  {
    name: 'mends what takes something away, when that is asked for',
    async run(fixture) {
      const { instance } = fixture;
      const inflicted = await inflict(fixture, 'safe', 'lossy');
      const problems = await instance.check(request({ repair: true, force: true, unusedLayerAge: 0 }));
      for (const { kind, subject } of inflicted) {
        assert.ok(
          problems.some((one) => one.kind === kind && one.subject === subject && one.mended),
          `${kind} ${subject}`,
        );
      }
      assert.deepEqual(await instance.check(request({ unusedLayerAge: 0 })), []);
    },
  },
  {
    name: 'leaves to a person what only a person can decide',
    async run(fixture) {
      const [inflicted] = await inflict(fixture, 'manual');
      assert.ok(inflicted);
      for (const force of [false, true]) {
        const problems: readonly StoreProblem[] = await fixture.instance.check(request({ repair: force, force }));
        const found: StoreProblem | undefined = problems.find(
          ({ kind, subject }) => kind === inflicted.kind && subject === inflicted.subject,
        );
        assert.deepEqual({ mending: found?.mending, mended: found?.mended }, { mending: 'manual', mended: false });
      }
    },
  },
];
