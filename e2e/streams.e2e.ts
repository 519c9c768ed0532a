import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually, traces } from './support/machine.ts';
import { busybox, run, Store } from './support/store.ts';

const programs = fileURLToPath(new URL('./.stream-programs/', import.meta.url));

/** A client in another language, with another library: Debian's python3-websockets, over the socket. Prints what it got. */
const pythonClient = `
import asyncio, json, sys, websockets
async def main():
    path, uri, protocol = sys.argv[1:4]
    got = {}
    async with websockets.unix_connect(path, 'ws://localhost' + uri, subprotocols=[protocol]) as client:
        assert client.subprotocol == protocol
        await client.send(bytes([0]) + b'2 3\\n')
        if protocol.startswith('v5'):
            await client.send(bytes([255, 0]))
        async for message in client:
            got[message[0]] = got.get(message[0], b'') + message[1:]
    print(json.dumps({str(k): v.decode() for k, v in got.items()}))
asyncio.run(main())
`;

/** What the programs have in common: a client that is Node's own WebSocket, which shares nothing with the server's. */
const prelude = `
import { createRuntime } from 'tspod';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
const runtime = await createRuntime({ runtime: process.env.OCI_RUNTIME });
const texts = (client) => ({ 1: client.on(1), 2: client.on(2), 3: client.on(3) && JSON.parse(client.on(3)) });
async function connect(url, protocol = 'v5.channel.k8s.io') {
  const socket = new WebSocket(url, protocol);
  socket.binaryType = 'arraybuffer';
  const messages = [];
  socket.addEventListener('message', ({ data }) => messages.push(Buffer.from(data)));
  const closed = new Promise((resolve) => socket.addEventListener('close', resolve));
  await new Promise((resolve, reject) => { socket.addEventListener('open', resolve); socket.addEventListener('error', () => reject(new Error('refused'))); });
  const on = (channel) => Buffer.concat(messages.filter((one) => one[0] === channel).map((one) => one.subarray(1))).toString();
  const sees = async (text) => { while (!on(1).includes(text)) await new Promise((resolve) => setTimeout(resolve, 10)); };
  return { socket, closed, on, sees, send: (channel, bytes) => socket.send(Buffer.concat([Buffer.from([channel]), Buffer.from(bytes)])) };
}
const loopback = { over: 'loopback' };
const container = await runtime.container('served');
`;

describe.each(['crun', 'runc'] as const)('streams over WebSocket, %s', (runtime) => {
  let store: Store;
  let environment: Record<string, string>;
  beforeAll(async () => {
    store = await Store.create({ runtime });
    const configuration = store.path('storage.conf');
    writeFileSync(configuration, `[storage]\ndriver = "overlay"\ngraphroot = "${store.root}"\nrunroot = "${store.runRoot}"\n`);
    writeFileSync(store.path('client.py'), pythonClient);
    environment = {
      CONTAINERS_STORAGE_CONF: configuration,
      OCI_RUNTIME: runtime,
      CGROUP_PARENT: store.cgroupParent,
      CLIENT: store.path('client.py'),
    };
    mkdirSync(programs, { recursive: true });
    await store.must(
      'run',
      '-d',
      '-i',
      '--name',
      'served',
      busybox,
      'sh',
      '-c',
      'while read line; do echo "main $line"; done; sleep 1000',
    );
  });
  afterAll(async () => {
    await store[Symbol.asyncDispose]();
    rmSync(programs, { recursive: true, force: true });
  });

  async function program(name: string, source: string) {
    const path = `${programs}${runtime}-${name}.mjs`;
    writeFileSync(path, prelude + source);
    const { exitCode, stdout, stderr } = await run(process.execPath, [path], { env: environment, timeout: 30_000 });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    return JSON.parse(stdout) as unknown;
  }

  test('exec: both sub-protocols, from two languages, with exit codes', async () => {
    const got = await program(
      'exec',
      `const sum = ['sh', '-c', 'read a b; echo $((a + b)); echo err >&2; cat; exit 4'];
       const client = await connect((await container.execUrl({ command: sum, stdin: true }, loopback)).url);
       client.send(0, '2 3\\nrest'); client.send(255, [0]);
       await client.closed;
       const python = [];
       for (const protocol of ['v4.channel.k8s.io', 'v5.channel.k8s.io']) {
         const command = protocol.startsWith('v5') ? sum : ['sh', '-c', 'read a b; echo $((a + b)); exit 0'];
         const { url, socketPath } = await container.execUrl({ command, stdin: true });
         const path = url.slice(url.lastIndexOf(':') + 1);
         const { stdout } = await promisify(execFile)('/usr/bin/python3', [process.env.CLIENT, socketPath, path, protocol]);
         const { 3: status, ...output } = JSON.parse(stdout);
         python.push({ ...output, status: JSON.parse(status).status });
       }
       const missing = await connect((await container.execUrl({ command: ['/no/such'] }, loopback)).url);
       await missing.closed;
       const { 3: failure } = texts(missing);
       console.log(JSON.stringify({ node: texts(client), python, failure: [failure.status, failure.reason, /no such|not found/i.test(failure.message)], sessions: (await container.execSessions()).length }));
       await runtime.shutdown();`,
    );
    const status = { status: 'Failure', reason: 'NonZeroExitCode', details: { causes: [{ reason: 'ExitCode', message: '4' }] } };
    expect(got).toMatchObject({
      node: { 1: '5\nrest', 2: 'err\n', 3: status },
      python: [
        { '1': '5\n', status: 'Success' },
        { '1': '5\n', '2': 'err\n', status: 'Failure' },
      ],
      failure: ['Failure', 'InternalError', true],
      sessions: 0,
    });
  });

  test('exec with a terminal sees its size change; a client that leaves leaves the process, unless told otherwise', async () => {
    const got = await program(
      'terminal',
      `const client = await connect((await container.execUrl({ command: ['sh'], terminal: true, stdin: true, size: { rows: 10, columns: 20 } }, loopback)).url);
       client.send(0, 'stty size\\n'); await client.sees('10 20');
       client.send(4, '{"Width":101,"Height":33}');
       client.send(0, 'while [ "$(stty size)" != "33 101" ]; do sleep 0.05; done; echo re""sized\\n'); await client.sees('resized');
       client.send(0, 'exit 7\\n');
       await client.closed;
       const left = await connect((await container.execUrl({ command: ['sh', '-c', 'echo here; while [ ! -e /go ]; do sleep 0.05; done; exit 6'] }, loopback)).url);
       await left.sees('here'); left.socket.close();
       const killed = await connect((await container.execUrl({ command: ['sh', '-c', 'echo here; sleep 1000'], endsWithClient: true }, loopback)).url);
       await killed.sees('here'); const [staying, ending] = await container.execSessions();
       killed.socket.close();
       const killedCode = await ending.wait();
       const document = await staying.inspect();
       const aborted = await staying.wait({ signal: AbortSignal.timeout(50) }).catch((error) => error.name);
       const running = (await (await runtime.execSession(staying.id)).inspect()).Running;
       await container.exec({ command: ['touch', '/go'] });
       const leftCode = await staying.wait();
       console.log(JSON.stringify({ cause: texts(client)[3].details.causes[0].message, killedCode, document, aborted, running, leftCode }));
       await runtime.shutdown();`,
    );
    expect(got).toMatchObject({
      cause: '7',
      killedCode: 137,
      document: { Running: true, CanRemove: false, OpenStdin: false, ProcessConfig: { entrypoint: 'sh', tty: false } },
      aborted: 'TimeoutError',
      running: true,
      leftCode: 6,
    });
  });

  test('attach: many clients have everything, and one that stops reading is left behind', async () => {
    const got = await program(
      'attach',
      `const clients = [];
       for (let number = 0; number < 8; number += 1) clients.push(await connect((await container.attachUrl({ stdin: number === 0 }, loopback)).url));
       clients[0].send(0, 'hello\\n');
       await Promise.all(clients.map((client) => client.sees('main hello')));
       const loud = await runtime.createContainer({ rootfs: { image: '${busybox}' }, name: 'loud', cgroupParent: process.env.CGROUP_PARENT,
         command: ['sh', '-c', 'while [ ! -e /go ]; do sleep 0.02; done; head -c 30000000 /dev/zero; echo; echo end; sleep 1000'], logDriver: 'none' });
       await loud.start();
       const stuck = await loud.attach({ onOutput: () => new Promise(() => undefined) });
       let seen = 0, tail = '';
       const heard = Promise.withResolvers();
       await loud.attach({ onOutput: (_stream, chunk) => { seen += chunk.length; tail = (tail + Buffer.from(chunk).toString().slice(-8)).slice(-8); if (tail.includes('end')) heard.resolve(); } });
       await loud.exec({ command: ['touch', '/go'] });
       const failure = await stuck.done.catch((error) => error.code);
       await heard.promise;
       const state = (await loud.state()).status;
       await loud.remove({ force: true, timeout: 0 });
       console.log(JSON.stringify({ failure, seen, state }));
       await runtime.shutdown(); for (const client of clients) await client.closed;`,
    );
    expect(got).toEqual({ failure: 'client-too-slow', seen: 30_000_005, state: 'running' });
  });

  test('sessions: detached, attached again, stopped, removed; they end with the container', async () => {
    const got = await program(
      'sessions',
      `const { id } = await container.exec({ command: ['sh', '-c', 'while [ ! -e /say ]; do sleep 0.02; done; echo said; sleep 1000'] });
       const session = await container.execSession(id);
       let output = '';
       const said = Promise.withResolvers();
       const handle = await session.attach({ onOutput: (_stream, chunk) => { output += Buffer.from(chunk); if (output.includes('said')) said.resolve(); } });
       await container.exec({ command: ['touch', '/say'] });
       await said.promise;
       const refused = await session.remove().catch((error) => error.code);
       await session.stop({ timeout: 0 });
       const code = await session.wait();
       const ended = await handle.done;
       await session.attach({ onOutput: () => undefined }).catch((error) => { output += error.code; });
       await session.remove();
       const gone = await runtime.execSession(id).catch((error) => error.code);
       const last = await container.exec({ command: ['sleep', '1000'] });
       const listed = (await container.inspect()).ExecIDs.includes(last.id);
       await container.stop({ timeout: 0 });
       const afterwards = (await container.execSessions()).length;
       console.log(JSON.stringify({ output, refused, code, ended, gone, listed, afterwards }));
       await runtime.shutdown();`,
    );
    expect(got).toEqual({
      output: 'said\nexec-session-ended',
      refused: 'exec-session-running',
      code: 137,
      ended: 'ended',
      gone: 'no-such-exec-session',
      listed: true,
      afterwards: 0,
    });
    await eventually('every process to end', () => (traces(store).processes.length === 0 ? true : undefined));
  });
});
