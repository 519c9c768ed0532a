import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { VolumeDriver } from '@tspod/core';
import type { Check } from './check.ts';
import { assertRefuses } from './refusal.ts';

/** A driver without volumes. `reopen` answers another instance on the same data, as another process would have. */
export interface VolumeDriverFixture {
  readonly instance: VolumeDriver;
  reopen(): VolumeDriver;
  /** Options of a volume whose data is only reachable while somebody holds it; undefined: the driver has no such. */
  readonly mountedOptions?: Readonly<Record<string, string>> | undefined;
  cleanup(): Promise<void>;
}

const plain = { name: 'data', options: {} };

export const volumeDriverChecks: readonly Check<VolumeDriverFixture>[] = [
  {
    name: 'keeps data from one holder to the next, also for another instance',
    async run({ instance, reopen }) {
      await instance.create(plain);
      await instance.mount(plain, 'one');
      const path = instance.mountPoint(plain.name);
      assert.ok(statSync(path).isDirectory());
      writeFileSync(join(path, 'file'), 'kept');
      await instance.unmount(plain.name, 'one');
      const other = reopen();
      await other.mount(plain, 'two');
      assert.equal(readFileSync(join(other.mountPoint(plain.name), 'file'), 'utf8'), 'kept');
      await other.unmount(plain.name, 'two');
    },
  },
  {
    name: 'gives every volume a place of its own',
    async run({ instance }) {
      const second = { name: 'data2', options: {} };
      for (const volume of [plain, second]) {
        await instance.create(volume);
        await instance.mount(volume, 'h');
        writeFileSync(join(instance.mountPoint(volume.name), 'name'), volume.name);
      }
      assert.equal(readFileSync(join(instance.mountPoint(plain.name), 'name'), 'utf8'), 'data');
      for (const { name } of [plain, second]) await instance.unmount(name, 'h');
    },
  },
  {
    name: 'refuses a second volume of the same name, and leaves the first as it is',
    async run({ instance }) {
      await instance.create(plain);
      await instance.mount(plain, 'h');
      writeFileSync(join(instance.mountPoint(plain.name), 'file'), 'first');
      await assertRefuses(instance.create(plain), 'already-exists', 'volume-exists');
      assert.equal(readFileSync(join(instance.mountPoint(plain.name), 'file'), 'utf8'), 'first');
      await instance.unmount(plain.name, 'h');
    },
  },
  {
    name: 'knows its holders, each once',
    async run({ instance, reopen }) {
      await instance.create(plain);
      assert.deepEqual(await instance.holders(plain.name), []);
      await instance.mount(plain, 'b');
      await reopen().mount(plain, 'a');
      await instance.mount(plain, 'b');
      assert.deepEqual([...(await instance.holders(plain.name))].sort(), ['a', 'b']);
      await instance.unmount(plain.name, 'b');
      assert.deepEqual(await reopen().holders(plain.name), ['a']);
      await instance.unmount(plain.name, 'b');
      await instance.unmount(plain.name, 'a');
      assert.deepEqual(await instance.holders(plain.name), []);
    },
  },
  {
    name: 'has a mounted volume there until its last holder goes',
    async run({ instance, reopen, mountedOptions }) {
      if (mountedOptions === undefined) return;
      const volume = { name: 'mounted', options: mountedOptions };
      await instance.create(volume);
      const below = statSync(instance.mountPoint(volume.name)).dev;
      await instance.mount(volume, 'one');
      await reopen().mount(volume, 'two');
      writeFileSync(join(instance.mountPoint(volume.name), 'file'), 'x');
      assert.notEqual(statSync(instance.mountPoint(volume.name)).dev, below);
      await instance.unmount(volume.name, 'one');
      assert.ok(existsSync(join(instance.mountPoint(volume.name), 'file')));
      await reopen().unmount(volume.name, 'two');
      assert.equal(statSync(instance.mountPoint(volume.name)).dev, below);
    },
  },
  {
    name: 'removes the data, held or not, as often as asked',
    async run({ instance, mountedOptions }) {
      const volume = { name: 'gone', options: mountedOptions ?? {} };
      await instance.create(volume);
      await instance.mount(volume, 'h');
      writeFileSync(join(instance.mountPoint(volume.name), 'file'), 'x');
      await instance.remove(volume.name);
      await instance.remove(volume.name);
      assert.ok(!existsSync(instance.mountPoint(volume.name)));
      assert.deepEqual(await instance.holders(volume.name), []);
      await instance.unmount(volume.name, 'h');
      await instance.create(volume);
      assert.ok(!existsSync(join(instance.mountPoint(volume.name), 'file')));
    },
  },
  {
    name: 'says so when a volume is not there',
    async run({ instance }) {
      await assertRefuses(instance.mount({ name: 'nobody', options: {} }, 'h'), 'not-found', 'no-such-volume', 'nobody');
      assert.deepEqual(await instance.holders('nobody'), []);
    },
  },
  {
    name: 'refuses options that it does not know, before anything is made',
    async run({ instance }) {
      const options = { 'no-such-option': '1' };
      assert.throws(() => instance.check(options), { code: 'invalid-volume-option' });
      await assertRefuses(
        instance.create({ name: 'bad', options }),
        'invalid-argument',
        'invalid-volume-option',
        'no-such-option',
      );
      assert.ok(!existsSync(instance.mountPoint('bad')));
      assert.doesNotThrow(() => instance.check({}));
    },
  },
];
