import { readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Collected, startCollecting } from '../collected.ts';
import type { Store } from '../store.ts';
import { type FaultPlan, type FaultReport, planVariable } from './plan.ts';

const hook = new URL('./hook.ts', import.meta.url).href;
const tspod = fileURLToPath(new URL('../../../packages/cli/dist/tspod.js', import.meta.url));
const exitCommand = fileURLToPath(new URL('../../../packages/cli/dist/exit.js', import.meta.url));

export type FaultyOutcome = FaultReport & Collected;

/** Runs a command of the built program, or its exit command, with a fault. */
export async function runFaulty(
  store: Store,
  args: readonly string[],
  fault: Omit<FaultPlan, 'report'>,
  program: 'tspod' | 'exit' = 'tspod',
): Promise<FaultyOutcome> {
  const plan: FaultPlan = { ...fault, report: store.path('fault-report.json') };
  rmSync(plan.report, { force: true });
  const { child, ended } = startCollecting(
    process.execPath,
    [
      '--disable-warning=ExperimentalWarning',
      '--import',
      hook,
      '--',
      program === 'tspod' ? tspod : exitCommand,
      ...store.argv(args),
    ],
    { env: { ...process.env, [planVariable]: JSON.stringify(plan) } },
  );
  const timer = setTimeout(() => child.kill('SIGABRT'), 60_000);
  const outcome = await ended.finally(() => clearTimeout(timer));
  if (outcome.signal === 'SIGABRT') throw new Error(`it hung: ${outcome.stdout}${outcome.stderr}`);
  return { ...outcome, ...(JSON.parse(readFileSync(plan.report, 'utf8')) as FaultReport) };
}
