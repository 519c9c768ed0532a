/**
 * The executable that does health checks: for the supervisor (`health-supervisor.ts`) those that are due, and then it writes the seconds
 * until the next one, or `none`, to the file that `--answer` names. Woken with SIGWINCH, which ends nothing when it comes too early. For
 * timers of systemd (`health-timers.ts`) the one of `--container`, whose outcome is in the container's state.
 */
import { appendFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { EngineError, type Runtime } from '@tspod/core';
import { createRuntime } from './create-runtime.ts';
import { optionsOf, runtimeFlags } from './options-of-flags.ts';

const { values } = parseArgs({ options: { ...runtimeFlags, answer: { type: 'string' }, container: { type: 'string' } } });
const { answer = '', container } = values;

function report(text: string): void {
  if (answer === '')
    process.stderr.write(`${text}\n`); // to the journal
  else appendFileSync(join(dirname(answer), 'health.log'), `${new Date().toISOString()} ${text}\n`);
}

try {
  await using runtime = await createRuntime({
    ...optionsOf(values),
    log: (level, message) => (level === 'warn' || level === 'error' ? report(message) : undefined),
  });
  if (container === undefined) await doChecks(runtime);
  else await (await runtime.container(container)).checkHealth();
} catch (error) {
  if (!hasEnded(error)) {
    report(error instanceof Error ? (error.stack ?? error.message) : String(error));
    process.exitCode = 125;
  }
}

/** The container that was to be checked, when its timer fired. */
function hasEnded(error: unknown): boolean {
  const codes: readonly string[] = ['container-state-improper', 'no-such-container'];
  return container !== undefined && EngineError.isInstance(error) && codes.includes(error.code);
}

async function doChecks(runtime: Runtime): Promise<void> {
  const pause = await runtime.runHealthChecks({
    onWake: (wake) => {
      process.on('SIGWINCH', wake);
    },
  });
  writeFileSync(answer, pause === undefined ? 'none\n' : `${(Math.max(pause, 0) / 1000).toFixed(3)}\n`);
}
