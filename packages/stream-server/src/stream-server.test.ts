import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { request } from 'node:http';
import { connect as connectTcp } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectStreams, playSession, textOf } from '@tspod/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createStreamServer } from './stream-server.ts';
import type { StreamServerSettings } from './stream-settings.ts';

const v5 = 'v5.channel.k8s.io';

/** What an upgrade request is answered. */
function attempt(
  url: string,
  headers: Record<string, string> = {},
  socketPath?: string,
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const { port, pathname } = new URL(url);
    const sent = request({
      ...(socketPath === undefined ? { host: '127.0.0.1', port } : { socketPath }),
      path: pathname,
      headers: {
        Connection: 'Upgrade',
        Upgrade: 'websocket',
        'Sec-WebSocket-Version': '13',
        'Sec-WebSocket-Key': Buffer.alloc(16).toString('base64'),
        'Sec-WebSocket-Protocol': v5,
        ...headers,
      },
    });
    sent.on('upgrade', (response, socket) => {
      socket.destroy();
      resolve({ status: response.statusCode ?? 0, text: '' });
    });
    sent.on('response', async (response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk);
      resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() });
    });
    sent.on('error', reject);
    sent.end();
  });
}

describe('the stream server', () => {
  let directory: string;
  let server: ReturnType<typeof createStreamServer>;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'streams-'));
    server = serve();
  });
  afterEach(async () => {
    await server.close();
    rmSync(directory, { recursive: true });
  });
  const serve = (changes: Partial<StreamServerSettings> = {}) => createStreamServer({ directory, over: 'loopback', ...changes });

  test('carries every stream, the half-close, the size and the exit code', async () => {
    const process = playSession();
    const { url } = await server.offer(process.session);
    expect(process.opens()).toBe(0);
    const client = await connectStreams(url);
    expect(client.socket.protocol).toBe(v5);
    const { stdin, onOutput } = await process.client();
    client.send(4, '{"Width":132,"Height":43}');
    client.send(4, 'nonsense');
    client.send(0, 'in');
    client.send(9, 'nobody listens to this');
    client.send(0, 'put');
    client.send(255, [0]);
    client.send(0, 'too late');
    expect(await textOf(stdin)).toBe('input');
    await onOutput('stdout', Buffer.from('out'));
    await onOutput('stderr', Buffer.from('err'));
    process.end(3);
    expect(await client.closed()).toBe(1000);
    expect([1, 2].map((channel) => client.on(channel))).toEqual(['out', 'err']);
    expect(process.sizes).toEqual([{ columns: 132, rows: 43 }]);
    expect(JSON.parse(client.on(3))).toEqual({
      metadata: {},
      status: 'Failure',
      message: 'command terminated with non-zero exit code: exit status 3',
      reason: 'NonZeroExitCode',
      details: { causes: [{ reason: 'ExitCode', message: '3' }] },
    });
  });

  test.each([
    [undefined, { metadata: {}, status: 'Success' }],
    [0, { metadata: {}, status: 'Success' }],
  ])('an end with the code %j is a success', async (code, status) => {
    const process = playSession();
    const client = await connectStreams((await server.offer(process.session)).url);
    process.end(code);
    await client.closed();
    expect(JSON.parse(client.on(3))).toEqual(status);
  });

  test('a session that can not be opened says why', async () => {
    const { session } = playSession({ open: async () => Promise.reject(new Error('no such command')) });
    const client = await connectStreams((await server.offer(session)).url);
    expect(await client.closed()).toBe(1000);
    expect(JSON.parse(client.on(3))).toMatchObject({
      status: 'Failure',
      message: 'no such command',
      reason: 'InternalError',
    });
  });

  test('v4 has no half-close, and the textual variant speaks base64', async () => {
    const process = playSession();
    const client = await connectStreams((await server.offer(process.session)).url, [
      'v4.channel.k8s.io',
      'v4.base64.channel.k8s.io',
    ]);
    expect(client.socket.protocol).toBe('v4.channel.k8s.io');
    const { stdin } = await process.client();
    client.send(255, [0]);
    client.send(0, 'still');
    expect(String((await stdin?.[Symbol.asyncIterator]().next())?.value)).toBe('still');

    const other = playSession();
    const textual = await connectStreams((await server.offer(other.session)).url, 'v4.base64.channel.k8s.io');
    await (await other.client()).onOutput('stdout', Buffer.from('out'));
    other.end(0);
    await textual.closed();
    expect(textual.messages.map(String)).toEqual(['1', `1${btoa('out')}`, `3${btoa('{"metadata":{},"status":"Success"}')}`]);
  });

  test('a token is good once, for its kind, and for its time', async () => {
    const process = playSession();
    const { url } = await server.offer(process.session);
    const keptOpen = await server.offer(playSession().session);
    const forged = url.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'));
    expect(await attempt(forged)).toMatchObject({ status: 403, text: expect.stringContaining('token') });
    expect(await attempt(url.replace('/exec/', '/attach/'))).toMatchObject({ status: 403 });
    expect(await attempt(url.replace('/exec/', '/'))).toMatchObject({ status: 404 });
    expect(process.opens()).toBe(0);
    expect(await attempt(url)).toMatchObject({ status: 101 });
    expect(await attempt(url)).toMatchObject({ status: 403 });
    expect(process.opens()).toBe(1);

    const brief = await server.offer(playSession().session, { lifetime: 30 });
    expect(Date.parse(brief.expiresAt) - Date.now()).toBeLessThanOrEqual(30);
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(await attempt(brief.url)).toMatchObject({ status: 403 });
    expect(await attempt(keptOpen.url)).toMatchObject({ status: 101 });
    for (const lifetime of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      await expect(server.offer(playSession().session, { lifetime })).rejects.toMatchObject({ code: 'invalid-lifetime' });
    }
  });

  test('tokens can not be guessed from one another', async () => {
    const urls = await Promise.all(Array.from({ length: 20 }, async () => (await server.offer(playSession().session)).url));
    const tokens = urls.map((url) => url.split('/').at(-1) ?? '');
    expect(new Set(tokens).size).toBe(20);
    for (const token of tokens) expect(Buffer.from(token, 'base64url')).toHaveLength(32);
  });

  test('refuses who speaks no sub-protocol of it, comes from a web page, or by another name', async () => {
    const { url } = await server.offer(playSession().session);
    expect(await attempt(url, { 'Sec-WebSocket-Protocol': 'chat' })).toMatchObject({
      status: 400,
      text: expect.stringContaining('v5'),
    });
    expect(await attempt(url, { Origin: 'https://evil.example' })).toMatchObject({
      status: 403,
      text: expect.stringContaining('evil'),
    });
    expect(await attempt(url, { Host: 'evil.example' })).toMatchObject({ status: 403 });
    expect(await attempt(url, { Connection: 'close', Upgrade: '' })).toMatchObject({ status: 426 });
    expect(await attempt(url)).toMatchObject({ status: 101 }); // none of these used it up

    await using allowing = disposable(serve({ allowedOrigins: ['https://good.example'] }));
    const allowed = await allowing.server.offer(playSession().session);
    expect(await attempt(allowed.url, { Origin: 'https://good.example' })).toMatchObject({ status: 101 });
  });

  test('has as many clients and tickets as it may, and no more', async () => {
    await using small = disposable(serve({ maxConnections: 1, maxTickets: 2 }));
    const first = await small.server.offer(playSession().session);
    const second = await small.server.offer(playSession().session);
    await expect(small.server.offer(playSession().session)).rejects.toMatchObject({ code: 'too-many-tickets' });
    const client = await connectStreams(first.url);
    expect(await attempt(second.url)).toMatchObject({ status: 503 });
    client.socket.close();
    await client.closed();
    await expect.poll(() => attempt(second.url)).toMatchObject({ status: 101 });
  });

  test('tells the session when its client is gone', async () => {
    const process = playSession();
    const client = await connectStreams((await server.offer(process.session)).url);
    const { signal, stdin } = await process.client();
    client.socket.close();
    expect(await textOf(stdin)).toBe('');
    await expect.poll(() => signal.aborted).toBe(true);
  });

  test('makes the process wait for a slow client, and leaves one that takes nothing', async () => {
    await using impatient = disposable(serve({ stallTimeout: 200 }));
    const process = playSession();
    const { url } = await impatient.server.offer(process.session);
    const socket = await deafClient(url);
    const { onOutput, signal } = await process.client();
    const chunk = Buffer.alloc(64 * 1024);
    let sent = 0;
    while (!signal.aborted && sent < 64 * 1024 * 1024) {
      await onOutput('stdout', chunk);
      sent += chunk.length;
    }
    expect(signal.aborted).toBe(true);
    expect(sent).toBeLessThan(32 * 1024 * 1024); // what the kernel keeps, and a little
    socket.destroy();
  });

  test('does not listen to a client whose input nobody takes', async () => {
    const process = playSession();
    const client = await connectStreams((await server.offer(process.session)).url);
    const { stdin } = await process.client();
    const chunk = Buffer.alloc(32 * 1024, 0x78);
    chunk[0] = 0;
    for (let sent = 0; sent < 32 * 1024 * 1024; sent += chunk.length) client.socket.send(chunk);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(client.socket.bufferedAmount).toBeGreaterThan(16 * 1024 * 1024);
    client.send(255, [0]);
    let received = 0;
    for await (const part of stdin ?? []) received += part.length;
    expect(received).toBe(1024 * (chunk.length - 1));
  });

  test('listens only while somebody may come, and not after it is closed', async () => {
    const unix = await server.offer(playSession().session, { over: 'unix' });
    expect(unix.url).toMatch(/^ws\+unix:\/.*:\/exec\//);
    expect(statSync(unix.socketPath ?? '').isSocket()).toBe(true);
    expect(statSync(join(unix.socketPath ?? '', '..')).mode & 0o777).toBe(0o700);
    const path = unix.url.slice(unix.url.lastIndexOf(':') + 1);
    expect(await attempt(`ws://x${path.replace('exec', 'attach')}`, {}, unix.socketPath)).toMatchObject({ status: 403 });
    expect(await attempt(`ws://x${path}`, {}, unix.socketPath)).toMatchObject({ status: 101 });
    await expect.poll(() => existsSync(unix.socketPath ?? '')).toBe(false);
    const unwanted = await server.offer(playSession().session, { over: 'unix', lifetime: 50 });
    await expect.poll(() => existsSync(unwanted.socketPath ?? '')).toBe(false);

    const process = playSession();
    const client = await connectStreams((await server.offer(process.session)).url);
    await process.client();
    await server.close();
    await client.closed();
    await expect(server.offer(playSession().session)).rejects.toMatchObject({ code: 'runtime-stopped' });
    await server.close();
  });

  test('says where it can not listen', async () => {
    await using deep = disposable(serve({ directory: join(directory, 'x'.repeat(120)), over: 'unix' }));
    await expect(deep.server.offer(playSession().session)).rejects.toMatchObject({ code: 'cannot-listen' });
  });
});

function disposable(server: ReturnType<typeof createStreamServer>) {
  return { server, [Symbol.asyncDispose]: () => server.close() };
}

/** A client that never reads. */
async function deafClient(url: string) {
  const { port, pathname } = new URL(url);
  const socket = connectTcp(Number(port), '127.0.0.1');
  await once(socket, 'connect');
  socket.pause();
  const headers = [`Host: 127.0.0.1:${port}`, 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13'];
  const own = [`Sec-WebSocket-Key: ${Buffer.alloc(16).toString('base64')}`, `Sec-WebSocket-Protocol: ${v5}`];
  socket.write([`GET ${pathname} HTTP/1.1`, ...headers, ...own, '', ''].join('\r\n'));
  return socket;
}
