/**
 * The executable that the monitor runs when a container's process, or an exec session's, has ended and nobody attended it. Its
 * streams are /dev/null, so a failure goes to `exit-command.log` in the engine's temporary directory.
 */
import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { EngineError } from '@tspod/core';
import { createRuntime } from './create-runtime.ts';
import type { RuntimeOptions } from './options.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    root: { type: 'string' },
    runroot: { type: 'string' },
    tmpdir: { type: 'string' },
    'storage-driver': { type: 'string' },
    volumepath: { type: 'string' },
    'storage-opt': { type: 'string', multiple: true },
    runtime: { type: 'string' },
    'runtime-flag': { type: 'string', multiple: true },
    'cgroup-manager': { type: 'string' },
    conmon: { type: 'string' },
    backend: { type: 'string', multiple: true },
    exec: { type: 'string' },
  },
});

const options: RuntimeOptions = {
  root: values.root,
  runRoot: values.runroot,
  temporaryDirectory: values.tmpdir,
  storageDriver: values['storage-driver'],
  volumePath: values.volumepath,
  storageOptions: values['storage-opt'],
  runtime: values.runtime,
  runtimeFlags: values['runtime-flag'],
  cgroupManager: values['cgroup-manager'] as RuntimeOptions['cgroupManager'],
  conmon: values.conmon,
  backends: values.backend,
};

try {
  await handleExit(positionals[0] ?? '', values.exec);
} catch (error) {
  if (!(EngineError.isInstance(error) && error.code === 'no-such-container')) report(error);
}

async function handleExit(containerId: string, sessionId: string | undefined): Promise<void> {
  await using runtime = await createRuntime(options);
  const container = await runtime.container(containerId);
  if (sessionId === undefined) await container.handleExit();
  else await container.handleExecExit(sessionId);
}

function report(error: unknown): void {
  const directory = values.tmpdir ?? join(values.runroot ?? '/run/containers/storage', 'tspod');
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  appendFileSync(join(directory, 'exit-command.log'), `${new Date().toISOString()} ${positionals.join(' ')}: ${text}\n`);
  process.exitCode = 125;
}
