import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { createLinuxHost } from '@tspod/linux';
import { createCrun } from '@tspod/oci-crun';
import { type BundleWorkshop, createBundleWorkshop } from '@tspod/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createConmonMonitor } from './conmon-monitor.ts';

/** What the processes of these tests begin with: everything to make a container from the request in their first argument. */
const preamble = `
  import { createConmonMonitor } from '@tspod/monitor-conmon';
  import { createCrun } from '@tspod/oci-crun';
  const { stateRoot, request, exec } = JSON.parse(process.argv[1]);
  const monitor = createConmonMonitor();
  const runtime = createCrun({ stateRoot }, { host: undefined });
`;

let workshop: BundleWorkshop;

beforeAll(() => {
  workshop = createBundleWorkshop();
});

afterAll(() => workshop.remove());

function prepare(id: string, command: string, driver: 'none' | 'passthrough') {
  const stateRoot = join(workshop.directory, 'crun');
  const runtime = createCrun({ stateRoot }, { host: createLinuxHost() });
  const runDir = join(workshop.directory, 'run', id);
  const session = join(runDir, 'session');
  const exitDir = join(workshop.directory, 'exits');
  for (const directory of [join(session, 'exit'), exitDir]) mkdirSync(directory, { recursive: true });
  const bundleDir = workshop.makeBundle(id, { command: ['sh', '-c', command] });
  writeFileSync(join(session, 'process.json'), JSON.stringify(workshop.process(['sh', '-c', 'sleep 1000'])));
  const paths = { id, bundleDir, runDir, exitDir };
  const request = {
    paths,
    name: id,
    runtime: runtime.commandLine({ logPath: join(runDir, 'oci-log') }),
    terminal: false,
    stdin: false,
    log: { driver, path: '' },
    exitCommand: { executable: '/bin/true', arguments: [] },
    systemdCgroup: false,
    environment: { PATH: process.env.PATH ?? '' },
  };
  const sessionPaths = { id, sessionId: `${id}s`, bundleDir: session, runDir: session, exitDir: join(session, 'exit') };
  const exec = { ...request, paths: sessionPaths, processPath: join(session, 'process.json') };
  return { runtime, paths, argument: JSON.stringify({ stateRoot, request, exec }) };
}

function runNode(code: string, argument: string): ChildProcess {
  const options = ['--conditions=tspod-source', '--input-type=module', '--eval', preamble + code, argument];
  return spawn(process.execPath, options, { cwd: import.meta.dirname, stdio: ['ignore', 'pipe', 'pipe'] });
}

async function outcome(child: ChildProcess): Promise<{ readonly exitCode: number; readonly output: string }> {
  const [output, [exitCode]] = await Promise.all([
    Promise.all([child.stdout, child.stderr].map((stream) => (stream === null ? '' : text(stream)))).then((both) =>
      both.join(''),
    ),
    once(child, 'exit'),
  ]);
  return { exitCode, output };
}

it('lets its process end while a container and a session run, and leaves them none of its pipes', async () => {
  const { runtime, paths, argument } = prepare('left', 'sleep 1000', 'none');
  const code = `
    await monitor.create(request);
    await runtime.start(request.paths.id);
    await monitor.exec(exec);
    console.log('done');
  `;
  try {
    expect(await outcome(runNode(code, argument))).toEqual({ exitCode: 0, output: 'done\n' });
    expect(await runtime.state('left')).toMatchObject({ status: 'running' });
  } finally {
    await runtime.delete('left');
  }
  expect(await createConmonMonitor().waitExit(paths)).toMatchObject({ exitCode: 137 });
});

it('gives a container the streams of its own process when they are to be passed through', async () => {
  const { runtime, paths, argument } = prepare('through', 'echo out; echo err >&2', 'passthrough');
  const code = `
    await monitor.create(request);
    await runtime.start(request.paths.id);
    await monitor.waitExit(request.paths);
  `;
  try {
    const { exitCode, output } = await outcome(runNode(code, argument));
    expect({ exitCode, output: output.split('\n').sort() }).toEqual({ exitCode: 0, output: ['', 'err', 'out'] });
  } finally {
    await runtime.delete('through');
  }
  expect(await createConmonMonitor().exitStatus(paths)).toMatchObject({ exitCode: 0 });
});
