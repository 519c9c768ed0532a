import { once } from 'node:events';
import { createConnection, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { readMessages } from './message-reader.ts';

const open: { destroy(): void }[] = [];
let count = 0;

afterEach(() => {
  for (const one of open.splice(0)) one.destroy();
});

async function pair(): Promise<readonly [Socket, Socket]> {
  const path = join(tmpdir(), `tspod-messages-${process.pid}-${++count}`);
  const server = createServer().listen(path);
  await once(server, 'listening');
  const near = createConnection(path);
  const [far] = (await once(server, 'connection')) as [Socket];
  server.close();
  open.push(near, far);
  return [near, far];
}

it('reads messages that come together, and one that comes in parts', async () => {
  const [near, far] = await pair();
  const messages = readMessages(near);
  far.write('{"data": 12}\n{"data": 3}\n{"da');
  expect(await messages.next()).toEqual({ data: 12 });
  expect(await messages.next()).toEqual({ data: 3 });
  const last = messages.next();
  far.end('ta": -1, "message": "no luck"}\n');
  expect(await last).toEqual({ data: -1, message: 'no luck' });
  expect(await messages.next()).toBeUndefined();
  expect(await messages.next()).toBeUndefined();
});

it('ends without a message when the pipe does', async () => {
  const [near, far] = await pair();
  const messages = readMessages(near);
  const next = messages.next();
  far.end('{"data": 1');
  expect(await next).toBeUndefined();
});

it('ends when it is closed', async () => {
  const [near] = await pair();
  const messages = readMessages(near);
  const next = messages.next();
  messages.close();
  expect(await next).toBeUndefined();
});

it('takes what is no message for the text of a failure', async () => {
  const [near, far] = await pair();
  const messages = readMessages(near);
  far.end('{"data": -1, "message": "a \x01 "b""}\n{"other": 1}\n');
  expect(await messages.next()).toEqual({ data: -1, message: '{"data": -1, "message": "a \x01 "b""}' });
  expect(await messages.next()).toEqual({ data: -1, message: '{"other": 1}' });
});
