import { spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Store } from '../store.ts';
import { type FaultPlan, type FaultReport, planVariable } from './plan.ts';

const hook = new URL('./hook.ts', import.meta.url).href;
const tspod = fileURLToPath(new URL('../../../packages/cli/dist/tspod.js', import.meta.url));
const exitCommand = fileURLToPath(new URL('../../../packages/cli/dist/exit.js', import.meta.url));

export interface FaultyOutcome extends FaultReport {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command of the built program, or its exit command, with a fault. */
export async function runFaulty(
  store: Store,
  args: readonly string[],
  fault: Omit<FaultPlan, 'report'>,
  program: 'tspod' | 'exit' = 'tspod',
): Promise<FaultyOutcome> {
  const plan: FaultPlan = { ...fault, report: store.path('fault-report.json') };
  rmSync(plan.report, { force: true });
  const child = spawn(
    process.execPath,
    [
      '--disable-warning=ExperimentalWarning',
      '--import',
      hook,
      '--',
      program === 'tspod' ? tspod : exitCommand,
      ...store.argv(args),
    ],
    { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, [planVariable]: JSON.stringify(plan) } },
  );
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  // not `close`: a container's monitor may hold the pipes for longer
  const timer = setTimeout(() => child.kill('SIGABRT'), 60_000);
  const ended = await new Promise<Pick<FaultyOutcome, 'exitCode' | 'signal'>>((resolve) =>
    child.once('exit', (exitCode, signal) => resolve({ exitCode, signal })),
  );
  clearTimeout(timer);
  await new Promise(setImmediate);
  child.stdout.destroy();
  child.stderr.destroy();
  return { ...ended, stdout, stderr, ...(JSON.parse(readFileSync(plan.report, 'utf8')) as FaultReport) };
}
