/**
 * The executable that the monitor runs when a container's process, or an exec session's, has ended and nobody attended it. Its
 * streams are /dev/null, so a failure goes to `exit-command.log` in the engine's temporary directory.
 */
import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { EngineError } from '@tspod/core';
import { createRuntime } from './create-runtime.ts';
import { optionsOf, runtimeFlags } from './options-of-flags.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { ...runtimeFlags, exec: { type: 'string' } },
});
const options = optionsOf(values);

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
  process.exitCode = 125; // any other code would have the shell try again
  const directory = values.tmpdir ?? join(values.runroot ?? '/run/containers/storage', 'tspod');
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    appendFileSync(join(directory, 'exit-command.log'), `${new Date().toISOString()} ${positionals.join(' ')}: ${text}\n`);
  } catch (unwritten) {
    process.stderr.write(`${error instanceof Error ? error.message : error}; ${(unwritten as Error).message}\n`);
  }
}
