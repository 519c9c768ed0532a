import assert from 'node:assert/strict';
import type { SecretStore } from '@tspod/core';
import type { Check } from './check.ts';
import { assertRefuses } from './refusal.ts';

/** A store without secrets. `reopen` answers another instance on the same data. */
export interface SecretStoreFixture {
  readonly instance: SecretStore;
  reopen(): SecretStore;
  cleanup(): Promise<void>;
}

const bytes = (text: string) => new TextEncoder().encode(text);
const textOf = (content: Uint8Array) => new TextDecoder().decode(content);

export const secretStoreChecks: readonly Check<SecretStoreFixture>[] = [
  {
    name: 'keeps content, labels and options, also for another instance',
    async run({ instance, reopen }) {
      const content = new Uint8Array([0, 1, 254, 255, 10]);
      const made = await instance.create({ name: 'one', content, labels: { a: 'b' }, options: { c: 'd' } });
      assert.match(made.id, /^[0-9a-f]{25}$/);
      const found = await reopen().lookup('one');
      assert.deepEqual(found, made);
      assert.deepEqual(found.labels, { a: 'b' });
      assert.deepEqual(found.options, { c: 'd' });
      assert.ok(!Number.isNaN(Date.parse(found.createdAt)));
      assert.deepEqual(Buffer.from(await reopen().read(made.id)), Buffer.from(content));
    },
  },
  {
    name: 'lists by name, without the content',
    async run({ instance }) {
      assert.deepEqual(await instance.list(), []);
      for (const name of ['b', 'c', 'a']) await instance.create({ name, content: bytes(`content of ${name}`) });
      const listed = await instance.list();
      assert.deepEqual(
        listed.map(({ name }) => name),
        ['a', 'b', 'c'],
      );
      assert.ok(!JSON.stringify(listed).includes('content of'));
      assert.ok(!JSON.stringify(listed).includes(Buffer.from('content of').toString('base64')));
    },
  },
  {
    name: 'finds by id, name and unique prefix of the id, the id first',
    async run({ instance }) {
      const first = await instance.create({ name: 'first', content: bytes('1') });
      const named = await instance.create({ name: first.id, content: bytes('2') });
      assert.equal((await instance.lookup(first.id)).id, first.id);
      assert.equal((await instance.lookup(named.id)).id, named.id);
      let length = 1;
      while (named.id.startsWith(first.id.slice(0, length))) length += 1;
      assert.equal((await instance.lookup(first.id.slice(0, length))).id, first.id);
      await assertRefuses(instance.lookup('nobody'), 'not-found', 'no-such-secret');
      await assertRefuses(instance.lookup(''), 'not-found', 'no-such-secret');
      await assertRefuses(instance.read('nobody'), 'not-found', 'no-such-secret');
    },
  },
  {
    name: 'refuses a taken name, unless it is to be replaced',
    async run({ instance }) {
      const first = await instance.create({ name: 'taken', content: bytes('old') });
      await assertRefuses(instance.create({ name: 'taken', content: bytes('new') }), 'already-exists', 'secret-exists');
      assert.equal(textOf(await instance.read(first.id)), 'old');
      const second = await instance.create({ name: 'taken', content: bytes('new'), replace: true });
      assert.equal(textOf(await instance.read((await instance.lookup('taken')).id)), 'new');
      assert.equal((await instance.list()).length, 1);
      assert.equal((await instance.lookup('taken')).id, second.id);
    },
  },
  {
    name: 'gives a name to one of those who want it at once',
    async run({ instance, reopen }) {
      const results = await Promise.allSettled(
        [instance, reopen(), reopen(), reopen()].map((store, index) =>
          store.create({ name: 'race', content: bytes(`${index}`) }),
        ),
      );
      assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
      assert.equal((await instance.list()).length, 1);
    },
  },
  {
    name: 'removes, as often as asked',
    async run({ instance }) {
      const made = await instance.create({ name: 'gone', content: bytes('x') });
      await instance.remove(made.id);
      await instance.remove(made.id);
      await assertRefuses(instance.lookup('gone'), 'not-found', 'no-such-secret');
      await instance.create({ name: 'gone', content: bytes('y') });
    },
  },
  {
    name: 'refuses names and sizes that can’t be used',
    async run({ instance }) {
      for (const name of ['', 'a b', '../x', '-a', 'a-', 'x'.repeat(65), 'a/b']) {
        await assertRefuses(instance.create({ name, content: bytes('x') }), 'invalid-argument', 'invalid-secret-name');
      }
      await assertRefuses(instance.create({ name: 'empty', content: new Uint8Array() }), 'invalid-argument', 'invalid-secret');
      await assertRefuses(
        instance.create({ name: 'big', content: new Uint8Array(512_000) }),
        'invalid-argument',
        'invalid-secret',
      );
      await instance.create({ name: 'just', content: new Uint8Array(511_999) });
      assert.equal((await instance.list()).length, 1);
    },
  },
];
