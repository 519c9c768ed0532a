import type { ContainerStatus } from '@tspod/core';
import { type CommandEntry, commands, families } from '../command-tree.ts';
import { globalFlags, leadingFlags, runtimeOptions } from '../globals.ts';
import type { Command } from '../grammar/command.ts';
import type { Flag, FlagTable } from '../grammar/flags.ts';
import { parseFlags } from '../grammar/parser.ts';
import { Output } from '../output.ts';
import type { Candidate } from './names.ts';
import { argumentAt } from './usage-arguments.ts';

/** What a word can become. */
interface Completion {
  readonly candidates: readonly Candidate[];
  /** What the shell is to offer beside them. `nospace`: nothing, and no space after the word. */
  readonly also: 'nothing' | 'files' | 'directories' | 'nospace';
}

const nothing: Completion = { candidates: [], also: 'nothing' };

/**
 * Answers what the last of the words, which may be empty, can become. `words` are those behind the program's name.
 * @throws what the engine throws when it is asked for names.
 */
async function complete(words: readonly string[]): Promise<Completion> {
  const word = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  const start = walk(leadingFlags, before, { interspersed: false });
  if (start.pending !== undefined) return flagValue(start.pending, word, { leading: before });
  if (start.positional.length === 0) return word.startsWith('-') ? flagNames(leadingFlags, word) : commandNames(word);

  const leading = before.slice(0, before.length - start.positional.length);
  const called = start.positional[0] === 'help' ? start.positional.slice(1) : start.positional;
  if (called.length === 0) return commandNames(word);
  const [first = '', second] = called;
  if (Object.hasOwn(commands, first)) return inCommand(commands[first] as CommandEntry, first, called.slice(1), word, leading);
  if (!Object.hasOwn(families, first)) return nothing;
  const family = families[first]?.commands ?? {};
  if (second === undefined) return entries(Object.entries(family), word);
  if (!Object.hasOwn(family, second)) return nothing;
  return inCommand(family[second] as CommandEntry, second, called.slice(2), word, leading);
}

function commandNames(word: string): Completion {
  return entries([...Object.entries(commands), ...Object.entries(families)], word);
}

function entries(all: readonly (readonly [string, { readonly summary: string }])[], word: string): Completion {
  const candidates = all.map(([value, { summary }]) => ({ value, description: summary }));
  return { candidates: startingWith(candidates, word), also: 'nothing' };
}

async function inCommand(
  entry: CommandEntry,
  name: string,
  given: readonly string[],
  word: string,
  leading: readonly string[],
): Promise<Completion> {
  const command: Command = await entry.load();
  const table = { ...globalFlags, ...command.flags };
  const walked = walk(table, given, { interspersed: command.interspersed ?? true });
  const from = { leading, status: statuses[name] };
  if (walked.pending !== undefined) return flagValue(walked.pending, word, from);
  if (!walked.ended && word.startsWith('-')) {
    const [, flagName = '', value] = /^--([^=]+)=(.*)$/.exec(word) ?? [];
    const flag = table[flagName as keyof typeof table] as Flag | undefined;
    if (value === undefined || flag === undefined) return flagNames(table, word);
    const { candidates, also } = await flagValue([flagName, flag], value, from);
    return { candidates: candidates.map((one) => ({ ...one, value: `--${flagName}=${one.value}` })), also };
  }
  return argument(argumentAt(command.usage, walked.positional.length), word, { ...from, given: walked.positional });
}

interface Walked {
  readonly positional: readonly string[];
  /** The flag whose value the next word is. */
  readonly pending?: readonly [name: string, flag: Flag] | undefined;
  /** No flag can follow. */
  readonly ended: boolean;
}

/** Goes over words as the parser does, and fails at nothing. */
function walk(table: FlagTable, words: readonly string[], { interspersed }: { readonly interspersed: boolean }): Walked {
  const rest = [...words];
  const positional: string[] = [];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === '--') return { positional: [...positional, ...rest], ended: true };
    if (word.length > 1 && word.startsWith('-')) {
      const flag = valueFlag(table, word);
      if (flag !== undefined && rest.shift() === undefined) return { positional, pending: flag, ended: false };
    } else {
      positional.push(word);
      if (!interspersed) return { positional: [...positional, ...rest], ended: true };
    }
  }
  return { positional, ended: false };
}

/** The flag of the word, when the next word is its value. */
function valueFlag(table: FlagTable, word: string): readonly [string, Flag] | undefined {
  if (word.startsWith('--')) {
    const name = word.slice(2);
    const found = Object.entries(table).find(([own, { aliases = [] }]) => own === name || aliases.includes(name));
    return found !== undefined && takesWord(found[1]) ? found : undefined;
  }
  for (const [index, letter] of [...word.slice(1)].entries()) {
    const found = Object.entries(table).find(([, { shorthand }]) => shorthand === letter);
    if (found === undefined) return undefined;
    if (found[1].kind !== 'bool') return index === word.length - 2 ? found : undefined;
  }
  return undefined;
}

function takesWord(flag: Flag): boolean {
  return flag.kind !== 'bool' && !(flag.kind === 'string' && flag.bare !== undefined);
}

function flagNames(table: FlagTable, word: string): Completion {
  const candidates = Object.entries(table)
    .filter(([, { hidden = false }]) => !hidden)
    .map(([name, { help }]) => ({ value: `--${name}`, description: help.split('\n')[0] ?? '' }));
  const help = { value: '--help', description: 'Show the help' };
  return { candidates: startingWith([...candidates, help].sort(byValue), word), also: 'nothing' };
}

interface From {
  /** The words before the command: they say which store is meant. */
  readonly leading: readonly string[];
  readonly status?: readonly ContainerStatus[] | undefined;
}

/** What the values of flags name. */
const valueKinds: Readonly<Record<string, string>> = {
  ...{ pod: 'POD', 'volumes-from': 'CONTAINER', requires: 'CONTAINER', secret: 'SECRET', network: 'NETWORK', volume: 'VOLUME' },
  ...{
    root: 'DIRECTORY',
    runroot: 'DIRECTORY',
    tmpdir: 'DIRECTORY',
    volumepath: 'DIRECTORY',
    rootfs: 'DIRECTORY',
    'hooks-dir': 'DIRECTORY',
  },
  ...{ conmon: 'FILE', file: 'FILE', input: 'FILE', output: 'FILE', 'env-file': 'FILE', 'label-file': 'FILE', cidfile: 'FILE' },
  ...{
    'pod-id-file': 'FILE',
    iidfile: 'FILE',
    authfile: 'FILE',
    'cert-dir': 'DIRECTORY',
    'signature-policy': 'FILE',
    device: 'FILE',
  },
};

const fixedValues: Readonly<Record<string, readonly string[]>> = {
  format: ['json'],
  network: ['bridge', 'host', 'none', 'pasta', 'slirp4netns'],
  pull: ['always', 'missing', 'never', 'newer'],
  restart: ['always', 'no', 'on-failure', 'unless-stopped'],
  runtime: ['crun', 'runc'],
  'storage-driver': ['overlay', 'dir'],
  signal: ['HUP', 'INT', 'KILL', 'QUIT', 'TERM', 'USR1', 'USR2'],
  'stop-signal': ['HUP', 'INT', 'KILL', 'QUIT', 'TERM', 'USR1', 'USR2'],
  'log-driver': ['k8s-file', 'json-file', 'journald', 'none', 'passthrough'],
};

async function flagValue([name, flag]: readonly [string, Flag], word: string, from: From): Promise<Completion> {
  const choices = 'choices' in flag ? (flag.choices ?? []) : (fixedValues[name] ?? []);
  const fixed = startingWith(
    choices.map((value) => ({ value, description: '' })),
    word,
  );
  const kind = valueKinds[name];
  if (kind === undefined) return { candidates: fixed, also: 'nothing' };
  const { candidates, also } = await argument(name === 'volume' ? ['VOLUME', 'FILE'] : [kind], word, {
    leading: from.leading,
    given: [],
  });
  return { candidates: [...fixed, ...candidates], also };
}

/** States in which a container can be what the command wants of it. */
const statuses: Readonly<Record<string, readonly ContainerStatus[]>> = {
  ...{ exec: ['running'], kill: ['running', 'paused'], pause: ['running'], unpause: ['paused'], top: ['running'] },
  ...{ stop: ['running', 'paused', 'stopping'], attach: ['created', 'running', 'paused'] },
  ...{ start: ['configured', 'created', 'stopped', 'exited'], init: ['configured', 'stopped', 'exited'] },
};

const paths: Readonly<Record<string, Completion['also']>> = {
  ...{ FILE: 'files', PATH: 'files', DIRECTORY: 'directories', CONTEXT: 'directories' },
};

async function argument(
  kinds: readonly string[],
  word: string,
  { leading, status, given }: From & { readonly given: readonly string[] },
): Promise<Completion> {
  const { listers } = await import('./names.ts');
  const wanted = kinds.flatMap((kind) => (Object.hasOwn(listers, kind) ? [listers[kind]] : []));
  // a usage line has what is to be written as it is in small letters
  const candidates = kinds.filter((kind) => /^[a-z]/.test(kind)).map((value): Candidate => ({ value, description: '' }));
  if (wanted.length > 0) {
    const { createRuntime } = await import('../engine.ts');
    const { values } = parseFlags(leadingFlags, leading, { interspersed: false });
    await using runtime = await createRuntime(runtimeOptions(values as never, new Output({ stdout() {}, stderr() {} })));
    for (const list of wanted) candidates.push(...((await list?.(runtime, { word, statuses: status })) ?? []));
  }
  const fitting = startingWith(candidates, word).filter(({ value }) => !given.includes(value));
  const also = kinds.map((kind) => paths[kind]).find((one) => one !== undefined);
  if (also !== undefined) return { candidates: fitting, also: word.includes(':') ? 'nothing' : also };
  return { candidates: fitting.sort(byValue), also: 'nothing' };
}

function startingWith(candidates: readonly Candidate[], word: string): Candidate[] {
  return candidates.filter(({ value }) => value.startsWith(word));
}

function byValue(one: Candidate, other: Candidate): number {
  return one.value < other.value ? -1 : 1;
}

/**
 * What shells call as `tspod __complete WORD…`: a line for each candidate, the description behind a tab, and a last line `:` with what to offer
 * beside them. Who types must not be disturbed: a failure answers nothing.
 */
export async function answerShell(words: readonly string[]): Promise<string> {
  const { candidates, also } = await complete(words).catch((): Completion => nothing);
  const lines = candidates.map(({ value, description }) => `${value}\t${description}\n`);
  return `${lines.join('')}:${also}\n`;
}
