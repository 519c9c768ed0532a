import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually, traces } from './support/machine.ts';
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
    const before = traces(store);
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

  test('what a handle hands out can’t change the container', async () => {
    const { stdout } = await runProgram(
      'immutable',
      `import { createRuntime } from 'tspod';
       await using runtime = await createRuntime();
       await using container = await runtime.createContainer({ rootfs: { image: '${busybox}' }, labels: { a: '1' }, command: ['true'] });
       const config = container.config() as { labels: Record<string, string>; spec: { process: { args: string[] } } };
       config.labels.a = '2'; config.spec.process.args[0] = 'false'; container.labels.a = '3';
       await container.start();
       console.log(container.labels.a, container.config().spec.process?.args?.[0], await container.wait());`,
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
