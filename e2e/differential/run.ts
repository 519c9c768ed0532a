import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { CommandResult } from '../support/store.ts';
import { compare, type Differences } from './compare.ts';
import type { Engine } from './engines.ts';
import { type Aspect, aspects, readScenarios, type Scenario, type Step, splitWords } from './scenario.ts';

export interface Verdict {
  readonly scenario: Scenario;
  /** Differences that have no reason in the list. */
  readonly unlisted: Differences;
  /** Differences with a reason. */
  readonly listed: readonly Aspect[];
  /** Listed, and not there any more. */
  readonly stale: readonly Aspect[];
}

export function readScenarioFile(path: string): Step[] {
  return readScenarios(readFileSync(path, 'utf8'), basename(path));
}

/** Without most of those that only ask: one in eight of them stays. */
export function sampleOf(steps: readonly Step[]): Step[] {
  let asked = 0;
  return steps.filter((step) => {
    if (step.kind !== 'scenario' || !step.asksOnly) return true;
    asked += 1;
    return asked % 8 === 1;
  });
}

/**
 * Gives every step to both engines at once, in order.
 * @throws when a preparation fails with one of them.
 */
export async function runScenarios(steps: readonly Step[], engines: readonly [Engine, Engine]): Promise<Verdict[]> {
  const verdicts: Verdict[] = [];
  for (const step of steps) {
    const [mine, theirs] = await Promise.all([perform(step, engines[0]), perform(step, engines[1])]);
    if (step.kind === 'scenario') verdicts.push(judge(step, mine, theirs));
  }
  return verdicts;
}

async function perform(step: Step, engine: Engine): Promise<CommandResult> {
  if (step.kind === 'shell') return succeeded(step, engine, await engine.shell(step.line.replaceAll('{dir}', engine.directory)));
  const words = await Promise.all(splitWords(step.line).map((word) => filledIn(word, engine)));
  if (step.kind === 'scenario') return engine.run(words, step.input);
  return succeeded(step, engine, await engine.run(words, undefined));
}

function succeeded({ place, line }: Step, { name }: Engine, result: CommandResult): CommandResult {
  if (result.exitCode === 0) return result;
  throw new Error(`${place}: ${name} failed at "${line}" with ${result.exitCode}: ${result.stderr}${result.stdout}`);
}

/** `{dir}`: the engine's directory. `{id:web}`, `{short:web}`: the id of a container, pod, image or volume. */
async function filledIn(word: string, engine: Engine): Promise<string> {
  const text = word.replaceAll('{dir}', engine.directory);
  const found = /\{(id|short):([^}]+)\}/.exec(text);
  if (found === null) return text;
  const [written, kind, name = ''] = found;
  const { stdout } = await engine.run(['inspect', '--format', '{{.Id}}', name], undefined);
  const id = stdout.trim();
  if (!/^[0-9a-f]{64}$/.test(id)) throw new Error(`${engine.name} knows no id of ${name}`);
  return text.replace(written, kind === 'id' ? id : id.slice(0, 12));
}

function judge(scenario: Scenario, tspod: CommandResult, podman: CommandResult): Verdict {
  const found = compare(scenario, tspod, podman);
  const allowed = (aspect: Aspect) => scenario.differs[aspect] !== undefined;
  return {
    scenario,
    unlisted: Object.fromEntries(Object.entries(found).filter(([aspect]) => !allowed(aspect as Aspect))),
    listed: aspects.filter((aspect) => allowed(aspect) && aspect in found),
    stale: aspects.filter((aspect) => allowed(aspect) && !(aspect in found)),
  };
}

export function isGood({ unlisted, stale }: Verdict): boolean {
  return Object.keys(unlisted).length + stale.length === 0;
}

/** What is wrong with a scenario, for people. */
export function describeVerdict({ scenario, unlisted, stale }: Verdict): string {
  const lines = [`${scenario.place}: ${scenario.line}`];
  for (const [aspect, { tspod, podman }] of Object.entries(unlisted)) {
    lines.push(`  ${aspect}`, ...marked('podman', podman, tspod), ...marked('tspod ', tspod, podman));
  }
  for (const aspect of stale) lines.push(`  the difference in ${aspect} that is listed is not there: take the note away`);
  return lines.join('\n');
}

/** Lines of a text that are shown. */
const longest = 20;

/** Of long texts only the lines that the other one lacks. */
function marked(mark: string, text: string, other: string): string[] {
  const [lines, others] = [text.split('\n'), other.split('\n')];
  const shown = lines.length > 4 && others.length > 4 ? lines.filter((line) => !others.includes(line)) : lines;
  const told = (shown.length > 0 ? shown : lines).map((line) => `    ${mark} | ${line.slice(0, 400)}`);
  return told.length <= longest ? told : [...told.slice(0, longest), `    ${mark} | and ${told.length - longest} lines more`];
}

/** One line with the figures. */
export function score(verdicts: readonly Verdict[]): string {
  const good = verdicts.filter(isGood);
  const withReason = good.filter(({ listed }) => listed.length > 0).length;
  const alike = good.length - withReason;
  return `${verdicts.length} scenarios: ${alike} alike, ${withReason} differ for a listed reason, ${verdicts.length - good.length} differ`;
}
