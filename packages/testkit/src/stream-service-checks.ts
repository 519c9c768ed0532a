import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { StreamService } from '@tspod/core';
import type { Check } from './check.ts';
import { connectStreams, playSession, textOf } from './played-session.ts';
import { assertRefuses } from './refusal.ts';
import { inTime, until } from './waiting.ts';

/** A service without tickets, which offers on loopback unless it is told otherwise. */
export interface StreamServiceFixture {
  readonly instance: StreamService;
  cleanup(): Promise<void>;
}

const [v4, v5] = ['v4.channel.k8s.io', 'v5.channel.k8s.io'];

const isRefused = (url: string) => assert.rejects(connectStreams(url), /refused/);

export const streamServiceChecks: readonly Check<StreamServiceFixture>[] = [
  {
    name: 'carries every stream, the half-close, the size and the exit code',
    async run({ instance }) {
      const process = playSession();
      const client = await connectStreams((await instance.offer(process.session)).url);
      assert.equal(client.socket.protocol, v5);
      const { stdin, onOutput } = await process.client();
      client.send(4, '{"Width":132,"Height":43}');
      client.send(0, 'in');
      client.send(0, 'put');
      client.halfClose(0);
      assert.equal(await inTime(textOf(stdin), 'the end of stdin'), 'input');
      await onOutput('stdout', Buffer.from('out'));
      await onOutput('stderr', Buffer.from('err'));
      process.end(3);
      await client.closed();
      assert.deepEqual([client.on(1), client.on(2), process.sizes], ['out', 'err', [{ columns: 132, rows: 43 }]]);
      const { status, reason, details } = JSON.parse(client.on(3));
      assert.deepEqual([status, reason, details.causes[0].message], ['Failure', 'NonZeroExitCode', '3']);
    },
  },
  {
    name: 'tells of a success, and of a session that could not be opened',
    async run({ instance }) {
      for (const code of [0, undefined]) {
        const process = playSession();
        const client = await connectStreams((await instance.offer(process.session)).url);
        process.end(code);
        await client.closed();
        assert.equal(JSON.parse(client.on(3)).status, 'Success');
      }
      const { session } = playSession({ open: () => Promise.reject(new Error('no such command')) });
      const client = await connectStreams((await instance.offer(session)).url);
      await client.closed();
      const { status, message } = JSON.parse(client.on(3));
      assert.deepEqual([status, message], ['Failure', 'no such command']);
    },
  },
  {
    name: 'speaks v4, which has no half-close',
    async run({ instance }) {
      const process = playSession();
      const client = await connectStreams((await instance.offer(process.session)).url, v4);
      assert.equal(client.socket.protocol, v4);
      const { stdin } = await process.client();
      client.halfClose(0);
      client.send(0, 'still');
      const first = await inTime(Promise.resolve(stdin?.[Symbol.asyncIterator]().next()), 'input');
      assert.equal(String(first?.value), 'still');
      process.end(0);
      await client.closed();
    },
  },
  {
    name: 'offers only the streams that the session has',
    async run({ instance }) {
      const process = playSession({ stdin: false });
      const client = await connectStreams((await instance.offer(process.session)).url);
      assert.equal((await process.client()).stdin, undefined);
      process.end(0);
      await client.closed();
    },
  },
  {
    name: 'starts nothing before somebody comes, and lets one client in, once',
    async run({ instance }) {
      const process = playSession();
      const { url } = await instance.offer(process.session);
      assert.equal(process.opens(), 0);
      await isRefused(url.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')));
      await isRefused(url.replace('/exec/', '/attach/'));
      assert.equal(process.opens(), 0);
      const client = await connectStreams(url);
      await isRefused(url);
      await process.client();
      assert.equal(process.opens(), 1);
      process.end(0);
      await client.closed();
    },
  },
  {
    name: 'gives each ticket a secret of its own',
    async run({ instance }) {
      const urls = await Promise.all(Array.from({ length: 20 }, async () => (await instance.offer(playSession().session)).url));
      const secrets = new Set(urls.map((url) => url.split('/').at(-1) ?? ''));
      assert.equal(secrets.size, urls.length);
      for (const secret of secrets) assert.ok(secret.length >= 22, `${secret} can be guessed`);
    },
  },
  {
    name: 'lets a ticket become void in its time',
    async run({ instance }) {
      const { url, expiresAt } = await instance.offer(playSession().session, { lifetime: 50 });
      assert.ok(Date.parse(expiresAt) <= Date.now() + 50, expiresAt);
      await sleep(100);
      await isRefused(url);
    },
  },
  {
    name: 'listens on a socket of this user alone, while somebody may come',
    async run({ instance }) {
      const { url, socketPath } = await instance.offer(playSession().session, { over: 'unix', lifetime: 100 });
      assert.ok(socketPath !== undefined && existsSync(socketPath));
      assert.ok(url.startsWith(`ws+unix:${socketPath}:/exec/`), url);
      await until(() => !existsSync(socketPath), 'it listens no more');
      assert.equal((await instance.offer(playSession().session, { over: 'loopback' })).socketPath, undefined);
    },
  },
  {
    name: 'tells the session when its client is gone',
    async run({ instance }) {
      const process = playSession();
      const client = await connectStreams((await instance.offer(process.session)).url);
      const { signal, stdin } = await process.client();
      client.socket.close();
      assert.equal(await inTime(textOf(stdin), 'the end of stdin'), '');
      await until(() => signal.aborted, 'the session is told');
    },
  },
  {
    name: 'ends connections and voids tickets when it is closed, and offers nothing any more',
    async run({ instance }) {
      const process = playSession();
      const client = await connectStreams((await instance.offer(process.session)).url);
      const { signal } = await process.client();
      const { url } = await instance.offer(playSession().session);
      for (let times = 0; times < 2; times++) await instance.close();
      await client.closed();
      await until(() => signal.aborted, 'the session is told');
      await isRefused(url);
      await assertRefuses(instance.offer(playSession().session), 'stopped', 'runtime-stopped');
    },
  },
];
