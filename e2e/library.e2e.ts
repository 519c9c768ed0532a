import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually, traces, tracesAtRest } from './support/machine.ts';
import { busybox, run, Store } from './support/store.ts';

/** Where a program finds the packages of the checkout as an installed program finds those it depends on. */
const programs = fileURLToPath(new URL('./.programs/', import.meta.url));

/** Before Node 24 `await using` has to be compiled. */
const speaksUsing = Number.parseInt(process.versions.node, 10) >= 24;

async function compiled(source: string): Promise<string> {
  const { default: typescript } = await import('typescript');
  const { ModuleKind, ScriptTarget } = typescript;
  const compilerOptions = { target: ScriptTarget.ES2023, module: ModuleKind.ESNext };
  return typescript.transpileModule(source, { compilerOptions }).outputText;
}

describe('the library', () => {
  let store: Store;
  let environment: Record<string, string>;
  beforeAll(async () => {
    store = await Store.create();
    const configuration = store.path('storage.conf');
    writeFileSync(configuration, `[storage]\ndriver = "overlay"\ngraphroot = "${store.root}"\nrunroot = "${store.runRoot}"\n`);
    environment = { CONTAINERS_STORAGE_CONF: configuration };
    mkdirSync(programs, { recursive: true });
    await store.must('run', '--rm', busybox, 'true');
  });
  afterAll(async () => {
    await store[Symbol.asyncDispose]();
    rmSync(programs, { recursive: true, force: true });
  });

  async function runProgram(name: string, source: string) {
    const path = `${programs}${name}.${speaksUsing ? 'ts' : 'mjs'}`;
    writeFileSync(path, speaksUsing ? source : await compiled(source));
    return run(process.execPath, [path], { env: environment });
  }

  test('the README’s example does what it says', async () => {
    const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
    const example = /```ts\n(.*?)```/s.exec(readme)?.[1] ?? '';
    const promised = /console\.log\(.*\); \/\/ (.*)/.exec(example)?.[1];
    const before = await tracesAtRest(store);
    expect(await runProgram('readme', example)).toEqual({ exitCode: 0, stdout: `${promised}\n`, stderr: '' });
    await eventually('helpers to end', () => (traces(store).processes.length === 0 ? true : undefined));
    expect(traces(store)).toEqual(before);
  });

  test('a container outlives the program that started it, and is cleaned up when it ends', async () => {
    const started = await runProgram(
      'outlives',
      `import { createRuntime } from 'tspod';
       const runtime = await createRuntime();
       const container = await runtime.createContainer({
         rootfs: { image: '${busybox}' }, name: 'outlives', command: ['sh', '-c', 'while [ ! -e /stop ]; do sleep 0.05; done; exit 6'],
       });
       await container.start();
       console.log((await container.state()).status);`,
    );
    expect(started).toEqual({ exitCode: 0, stdout: 'running\n', stderr: '' });
    expect(await store.must('ps', '--format', 'json')).toContain('outlives');
    await store.must('exec', 'outlives', 'touch', '/stop');
    await eventually('its clean-up', () => (traces(store).cgroups.length === 0 ? true : undefined));
    expect(await store.must('wait', 'outlives')).toBe('6');
    await store.must('rm', 'outlives');
  });

  test('errors are typed, say what to do, and are recognised without instanceof', async () => {
    const { stdout } = await runProgram(
      'errors',
      `import { createRuntime, EngineError } from 'tspod';
       await using runtime = await createRuntime();
       const failures = [
         () => runtime.container('nosuch'),
         () => runtime.createContainer({ rootfs: { image: 'nosuch' } }),
         () => runtime.createContainer({ rootfs: { directory: '/no/such' } }),
         () => runtime.createContainer({ rootfs: { image: '${busybox}' }, name: 'a b' }),
         () => runtime.createContainer({ rootfs: { image: '${busybox}' }, capAdd: ['nosuch'] }),
       ];
       for (const failure of failures) {
         await failure().catch((error: unknown) => console.log(EngineError.isInstance(error), (error as { kind: string }).kind, (error as { code: string }).code));
       }
       await runtime.shutdown();
       await runtime.listContainers().catch((error: unknown) => console.log((error as { code: string }).code));`,
    );
    expect(stdout.trim().split('\n')).toEqual([
      'true not-found no-such-container',
      'true not-found no-such-image',
      'true not-found no-such-file',
      'true invalid-argument invalid-name',
      'true invalid-argument unknown-capability',
      'runtime-stopped',
    ]);
  });

  test('what a program without types gets wrong is named, and nothing is made', async () => {
    const { stdout, stderr } = await runProgram(
      'wrong-types',
      `import { createRuntime } from 'tspod';
       await using runtime = (await createRuntime()) as any;
       const rootfs = { image: '${busybox}' };
       const container = await runtime.createContainer({ rootfs, name: 'typed', command: ['sleep', '1000'] });
       await container.start();
       const attempts = [
         () => runtime.createContainer(),
         () => runtime.createContainer({ rootfs: '${busybox}' }),
         () => runtime.createContainer({ rootfs, command: 'ls -l' }),
         () => runtime.createContainer({ rootfs, environment: ['A=b'] }),
         () => runtime.container(undefined),
         () => runtime.createPod({ name: 5 }),
         () => runtime.pod(),
         () => runtime.volumes.create({ name: 5 }),
         () => runtime.images.get(),
         () => runtime.images.pull(),
         () => runtime.events({ since: 'yesterday' }).next(),
         () => runtime.networks.create({ name: 5 }),
         () => runtime.secrets.create({ name: 5, content: Buffer.from('x') }),
         () => runtime.secrets.create({ content: Buffer.from('x') }),
         () => container.rename(5),
         () => container.exec({ command: 'ls' }),
         () => container.wait({ condition: 'exited' }),
         () => container.stop({ timeout: 'soon' }),
         () => container.logs({ tail: '5' }).next(),
       ];
       for (const attempt of attempts) console.log(await attempt().then(() => 'taken', (error: any) => error.code));
       await container.remove({ force: true, timeout: 0 });
       console.log((await runtime.listContainers({ all: true })).length, (await runtime.listPods()).length);`,
    );
    expect({ stderr, lines: stdout.trim().split('\n') }).toEqual({
      stderr: '',
      lines: [...Array.from({ length: 19 }, () => 'wrong-type'), '0 0'],
    });
  });

  test('what a handle hands out can’t change the container', async () => {
    const { stdout } = await runProgram(
      'immutable',
      `import { createRuntime } from 'tspod';
       await using runtime = await createRuntime();
       await using container = await runtime.createContainer({ rootfs: { image: '${busybox}' }, labels: { a: '1' }, command: ['true'] });
       const config = container.config() as { labels: Record<string, string>; spec: { process: { args: string[] } } };
       config.labels.a = '2'; config.spec.process.args[0] = 'false'; container.labels.a = '3';
       (container.spec.process?.args as string[])[0] = 'false';
       await container.start();
       console.log(container.labels.a, container.spec.process?.args?.[0], await container.wait());`,
    );
    expect(stdout).toBe('1 true 0\n');
  });

  test('nothing that is handed out leads back to the store; a forced shutdown stops what runs and ends followers', async () => {
    const { stdout, stderr } = await runProgram(
      'shutdown',
      `import { createRuntime } from 'tspod';
       const runtime = await createRuntime();
       const made = await runtime.createContainer({
         rootfs: { image: '${busybox}' }, name: 'sleeper', labels: { a: '1' }, stopTimeout: 0, command: ['sleep', '100'],
         restartPolicy: { name: 'always', maximumRetries: 0 },
       });
       await made.start();
       const spoil = (value: unknown): void => {
         if (typeof value !== 'object' || value === null) return;
         for (const key of Object.keys(value)) {
           spoil((value as Record<string, unknown>)[key]);
           try { (value as Record<string, unknown>)[key] = 'spoilt'; } catch (error) { if (!(error instanceof TypeError)) throw error; }
         }
       };
       const look = async () => JSON.stringify([made.config(), made.labels, await made.state(), await made.inspect(), await runtime.listContainers()]);
       const before = await look();
       for (const given of [made.config(), made.labels, await made.state(), await made.inspect(), await runtime.listContainers()]) spoil(given);
       console.log((await look()) === before);
       const followed = (async () => { for await (const event of runtime.events({ follow: true, filters: { container: ['sleeper'] } })) if (event.action === 'died') console.log('died'); })();
       await Promise.all([runtime.shutdown({ force: true }), runtime.shutdown()]);
       await followed;
       await made.state().catch((error: unknown) => console.log((error as { kind: string }).kind));
       await using again = await createRuntime();
       const container = await again.container('sleeper');
       console.log((await container.state()).status);
       await container.remove();`,
    );
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^true\n(died\n)?stopped\nexited\n$/);
  });

  test('a forced shutdown can be aborted: the runtime is shut down, a container that takes its time goes on', async () => {
    const { stdout, stderr } = await runProgram(
      'aborted-shutdown',
      `import { createRuntime } from 'tspod';
       const runtime = await createRuntime();
       const container = await runtime.createContainer({
         rootfs: { image: '${busybox}' }, name: 'stubborn', stopTimeout: 60, command: ['sh', '-c', 'trap "" TERM; while :; do sleep 0.1; done'],
       });
       await container.start();
       await new Promise((resolve) => setTimeout(resolve, 300));
       const reason = new Error('enough');
       console.log(await runtime.shutdown({ force: true, signal: AbortSignal.abort(reason) }).catch((error: unknown) => error === reason));
       console.log((await container.state()).status);
       const [first, second] = [new AbortController(), new AbortController()];
       const shutdown = runtime.shutdown({ force: true, signal: first.signal }).catch((error: unknown) => error === reason);
       const other = runtime.shutdown({ signal: second.signal }).catch((error: unknown) => error === reason);
       setTimeout(() => second.abort(reason), 100);
       console.log(await other);
       setTimeout(() => first.abort(reason), 200);
       console.log(await shutdown);
       await runtime.shutdown();
       console.log(await container.state().catch((error: unknown) => (error as { kind: string }).kind));
       await using again = await createRuntime();
       const found = await again.container('stubborn');
       console.log((await found.state()).status);
       await found.remove({ force: true, timeout: 0 });`,
    );
    expect({ stderr, lines: stdout.trim().split('\n') }).toEqual({
      stderr: '',
      lines: ['true', 'running', 'true', 'true', 'stopped', 'stopping'],
    });
  });

  test('the end of a session is written down, although its client has left and the runtime is shut down at once', async () => {
    const rounds = 10;
    const { stdout, stderr } = await runProgram(
      'left-session',
      `import { createRuntime } from 'tspod';
       const since = Date.now();
       const attach = { onOutput: () => undefined };
       for (let round = 0; round < ${rounds}; round += 1) {
         const runtime = await createRuntime();
         const container = round > 0 ? await runtime.container('left') : await runtime.createContainer({
           rootfs: { image: '${busybox}' }, name: 'left', command: ['sleep', '1000'],
         });
         await container.start();
         const client = new AbortController();
         const command = ['sh', '-c', 'while [ ! -e /go ]; do sleep 0.02; done; rm /go; exit 3'];
         const { id, attachment } = await container.exec({ command, attach: { ...attach, signal: client.signal } });
         client.abort();
         await attachment?.done.catch(() => undefined);
         await (await container.exec({ command: ['touch', '/go'], attach })).exit;
         console.log(await (await runtime.execSession(id)).wait());
         await runtime.shutdown();
       }
       await using runtime = await createRuntime();
       const ends = async () => (await Array.fromAsync(runtime.events({ since }))).filter(({ action }) => action === 'exec_died').length;
       const deadline = Date.now() + 20_000;
       while ((await ends()) < ${2 * rounds} && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 50));
       console.log(await ends());
       await (await runtime.container('left')).remove({ force: true, timeout: 0 });`,
    );
    expect({ stderr, lines: stdout.trim().split('\n') }).toEqual({
      stderr: '',
      lines: [...Array.from({ length: rounds }, () => '3'), String(2 * rounds)],
    });
  });

  test('a container that a runtime attended is cleaned up, whether it ends before or after the shutdown', async () => {
    const { stdout, stderr } = await runProgram(
      'left-container',
      `import { createRuntime } from 'tspod';
       for (let round = 0; round < 5; round += 1) {
         const runtime = await createRuntime();
         const container = await runtime.createContainer({
           rootfs: { image: '${busybox}' }, command: ['sh', '-c', 'while [ ! -e /stop ]; do sleep 0.02; done; exit 6'],
         });
         await container.start({ attended: true });
         const touch = await container.exec({ command: ['sh', '-c', round % 2 ? 'touch /stop' : 'sleep 0.3; touch /stop'] });
         if (round % 2) await container.wait();
         await runtime.shutdown();
       }
       await using again = await createRuntime();
       const statuses = async () => (await again.listContainers({ all: true })).map(({ state }) => state.status).join();
       const deadline = Date.now() + 20_000;
       while ((await statuses()) !== 'exited,exited,exited,exited,exited' && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 50));
       console.log(await statuses());`,
    );
    expect({ stderr, stdout }).toEqual({ stderr: '', stdout: 'exited,exited,exited,exited,exited\n' });
    await store.must('rm', '-a');
  });

  test('a program can wait for the end of a session to which nothing is attached, or end without it', async () => {
    const { stdout, stderr } = await runProgram(
      'detached-exec',
      `import { createRuntime } from 'tspod';
       const runtime = await createRuntime();
       const container = await runtime.createContainer({ rootfs: { image: '${busybox}' }, name: 'longer', command: ['sleep', '1000'] });
       await container.start();
       const detached = await container.exec({ command: ['sh', '-c', 'sleep 0.3; exit 4'] });
       console.log(await detached.exit, await detached.exit);
       const longer = await container.exec({ command: ['sleep', '1000'] });
       void longer.exit.then(() => console.log('never'));
       await runtime.shutdown();`,
    );
    await store.must('rm', '-f', '-t', '0', 'longer');
    expect({ stderr, stdout }).toEqual({ stderr: '', stdout: '4 4\n' });
  });

  test('images are listed by filters', async () => {
    const { stdout, stderr } = await runProgram(
      'image-filters',
      `import { createRuntime } from 'tspod';
       await using runtime = await createRuntime();
       const found = async (filters: Record<string, string[]>) => (await runtime.images.list({ filters })).length;
       console.log(await found({ reference: ['busybox'] }), await found({ reference: ['nosuch'] }), await found({ dangling: ['true'] }));
       console.log(await found({ before: ['${busybox}'] }), await found({ label: ['nosuch'] }), await found({ manifest: ['false'] }));
       for (const filters of [{ nosuch: ['x'] }, { dangling: ['perhaps'] }, { since: ['nosuch'] }]) {
         console.log(await found(filters as never).catch((error: unknown) => (error as { code: string }).code));
       }`,
    );
    expect(stderr).toBe('');
    expect(stdout.trim().split('\n')).toEqual(['1 0 0', '0 0 1', 'invalid-filter', 'invalid-filter', 'no-such-image']);
  });

  test('a runtime tells what it was made with, as a copy', async () => {
    const { stdout, stderr } = await runProgram(
      'get-config',
      `import { createRuntime } from 'tspod';
       const runtime = await createRuntime();
       const config = await runtime.getConfig();
       console.log(config.places.graphRoot.endsWith('/root'), config.containers.stopTimeout, config.monitor.name);
       console.log(config.runtime.candidates.some(({ name }) => name === 'crun'), config.storage.candidates.includes('overlay'), 'engineEnvironment' in config.containers);
       const before = JSON.stringify(config);
       (config.places as { graphRoot: string }).graphRoot = '/spoilt';
       (config.containers as { stopTimeout: number }).stopTimeout = 0;
       (config.containers.capabilities as string[]).length = 0;
       console.log(JSON.stringify(await runtime.getConfig()) === before);
       const container = await runtime.createContainer({ rootfs: { image: '${busybox}' }, command: ['true'] });
       console.log(container.config().stopTimeout);
       await runtime.shutdown({ force: true });
       console.log(await runtime.getConfig().catch((error: unknown) => (error as { code: string }).code));
       await using again = await createRuntime();
       await again.removeContainer(container.id);`,
    );
    expect(stderr).toBe('');
    expect(stdout.trim().split('\n')).toEqual(['true 10 conmon', 'true true false', 'true', '10', 'runtime-stopped']);
  });

  test('whoever waits can stop waiting, and a handle that is disposed of leaves or removes what it is about', async () => {
    const { stdout, stderr } = await runProgram(
      'disposal',
      `import { createRuntime } from 'tspod';
       await using runtime = await createRuntime();
       let id = '';
       {
         await using pod = await runtime.createPod({ name: 'held' });
         const container = await runtime.createContainer({
           rootfs: { image: '${busybox}' }, pod: 'held', command: ['sh', '-c', 'trap "" TERM; while :; do sleep 0.1; done'],
         });
         id = container.id;
         await pod.start();
         const onOutput = () => undefined;
         { await using attachment = await container.attach({ onOutput }); await using session = await container.exec({ command: ['sleep', '60'], attach: { onOutput } }); }
         console.log((await container.state()).status, (await container.execSessions()).length);
         const reason = new Error('enough');
         const [session, other] = [await container.exec({ command: ['sleep', '60'] }), await container.exec({ command: ['sleep', '60'] })];
         const kept = await container.execSession(session.id);
         const ending = await container.execSession(other.id);
         const waits = [
           (signal: AbortSignal) => container.wait({ condition: ['paused'], interval: 20, signal }),
           (signal: AbortSignal) => kept.wait({ signal }),
           (signal: AbortSignal) => ending.wait({ signal, killOnAbort: true }),
           (signal: AbortSignal) => container.wait({ signal }),
           (signal: AbortSignal) => container.stop({ timeout: 60, signal }),
           (signal: AbortSignal) => pod.stop({ timeout: 60, signal }),
           (signal: AbortSignal) => container.remove({ force: true, timeout: 60, signal }),
         ];
         for (const wait of waits) {
           const controller = new AbortController();
           setTimeout(() => controller.abort(reason), 50);
           await wait(controller.signal).catch((error: unknown) => console.log(error === reason));
         }
         console.log(await ending.wait(), await kept.exit(), (await container.state()).status);
       }
       console.log(await runtime.hasPod('held'), await runtime.hasContainer(id));
       await using one = await runtime.createContainer({ rootfs: { image: '${busybox}' }, command: ['sh', '-c', 'exit 1'] });
       await using two = await runtime.createContainer({ rootfs: { image: '${busybox}' }, command: ['sh', '-c', 'exit 2'] });
       await Promise.all([one.start(), two.start()]);
       const missing = await runtime.waitContainers([one.id, 'nosuch']).catch((error: unknown) => (error as { code: string }).code);
       console.log(String(await runtime.waitContainers([one.id, two.id])), missing);`,
    );
    expect(stderr).toBe('');
    expect(stdout).toBe(`running 1\n${'true\n'.repeat(7)}137 undefined stopping\nfalse false\n1,2 no-such-container\n`);
  });

  test('start and exec give streams, and the end of stdin arrives', async () => {
    const { stdout, stderr } = await runProgram(
      'streams',
      `import { createRuntime } from 'tspod';
       await using runtime = await createRuntime();
       await using container = await runtime.createContainer({
         rootfs: { image: '${busybox}' }, stdin: true, command: ['sh', '-c', 'cat; while [ ! -e /stop ]; do sleep 0.05; done'],
       });
       const collect = (texts: string[]) => ({
         output: '', onOutput(_stream: string, chunk: Uint8Array) { this.output += Buffer.from(chunk).toString(); return undefined; },
         stdin: (async function* () { for (const text of texts) yield Buffer.from(text); })(),
       });
       const main = collect(['one ', 'two']);
       const attachment = await container.start({ attach: { stdin: main.stdin, onOutput: main.onOutput.bind(main) } });
       const sum = collect(['2 3\\n']);
       const session = await container.exec({
         command: ['sh', '-c', 'read a b; echo $((a + b)); cat; touch /stop; exit 4'], stdin: true,
         attach: { stdin: sum.stdin, onOutput: sum.onOutput.bind(sum) },
       });
       await session.attachment?.done;
       const code = await session.exit;
       await attachment?.done;
       console.log(JSON.stringify({ main: main.output, sum: sum.output, code, exit: await container.wait() }));`,
    );
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({ main: 'one two', sum: '5\n', code: 4, exit: 0 });
  });
});
