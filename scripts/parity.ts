/**
 * `npm run parity`: walks the help of Debian's podman and prints which of its commands and flags tspod lacks, each with the reason from
 * e2e/podman-lacking.txt, and the reasons that are not needed any more. Exits with 1 when something lacks without a reason.
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { type CommandEntry, commands, families } from '../packages/cli/src/command-tree.ts';
import { globalFlags, leadingFlags } from '../packages/cli/src/globals.ts';
import type { FlagTable } from '../packages/cli/src/grammar/flags.ts';

interface PodmanCommand {
  readonly path: string;
  readonly flags: readonly string[];
}

/** What is asked at the same time. */
const width = 4;

async function helpOf(words: readonly string[]): Promise<string> {
  return (await promisify(execFile)('podman', [...words, '--help'])).stdout;
}

function flagsIn(help: string): string[] {
  const options = help.split(/^Options:$/m)[1] ?? '';
  return [...options.matchAll(/^ {2}(?:-\w, | {4})--([\w-]+)/gm)].map(([, name = '']) => name).filter((name) => name !== 'help');
}

function commandsIn(help: string): string[] {
  const list = help.split(/^Available Commands:$/m)[1]?.split(/^\S/m)[0] ?? '';
  return [...list.matchAll(/^ {2}(\S+) /gm)].map(([, name = '']) => name);
}

async function walkPodman(): Promise<PodmanCommand[]> {
  const found: PodmanCommand[] = [];
  const waiting: string[][] = [[]];
  const visit = async (words: readonly string[]) => {
    const help = await helpOf(words);
    const members = commandsIn(help);
    waiting.push(...members.map((name) => [...words, name]));
    if (words.length === 0 || members.length === 0) found.push({ path: words.join(' '), flags: flagsIn(help) });
  };
  while (waiting.length > 0) await Promise.all(waiting.splice(0, width).map(visit));
  return found;
}

async function flagsOf(path: string): Promise<FlagTable | undefined> {
  if (path === '') return leadingFlags;
  if (path === 'help') return {};
  const [first = '', second = '', action] = path.split(' ');
  const entry: CommandEntry | undefined = second === '' ? commands[first] : families[first]?.commands[second];
  if (entry === undefined) return undefined;
  const { flags, usage } = await entry.load();
  const actions = usage.split(' ', 1)[0]?.split('|') ?? [];
  if (action !== undefined && !actions.includes(action)) return undefined;
  // the global ones are taken behind every command, too
  return { ...globalFlags, ...flags };
}

async function lacking(): Promise<string[]> {
  const lacks: string[] = [];
  for (const { path, flags } of (await walkPodman()).sort((one, other) => (one.path < other.path ? -1 : 1))) {
    const table = await flagsOf(path);
    if (table === undefined) lacks.push(path);
    else {
      const known = new Set(Object.entries(table).flatMap(([name, { aliases = [] }]) => [name, ...aliases]));
      lacks.push(...flags.filter((name) => !known.has(name)).map((name) => `${path === '' ? 'podman' : path} --${name}`));
    }
  }
  return lacks;
}

/** Patterns of what is lacking, and why; a star stands for anything. */
const reasons = readFileSync(new URL('../e2e/podman-lacking.txt', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => {
    const [, pattern = '', reason = ''] = /^(.+?): (.+)$/.exec(line) ?? [];
    return { pattern, reason, matches: new RegExp(`^${pattern.replaceAll('*', '.*')}$`) };
  });

const lacks = await lacking();
const used = new Set<string>();
let unexplained = 0;
for (const one of lacks) {
  const reason = reasons.find(({ matches }) => matches.test(one));
  if (reason !== undefined) used.add(reason.pattern);
  else unexplained += 1;
  console.log(`${one}: ${reason?.reason ?? 'NO REASON'}`);
}
for (const { pattern } of reasons.filter((reason) => !used.has(reason.pattern)))
  console.log(`${pattern}: tspod has it, take the line away`);
console.log(`${lacks.length} commands and flags of podman are lacking, ${unexplained} without a reason`);
process.exitCode = unexplained === 0 ? 0 : 1;
