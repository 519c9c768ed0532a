import { type CheckOptions, InvalidArgumentError, parseDuration, type StoreProblem } from '@tspod/core';
import { defineCommand } from '../grammar/command.ts';
import { noArguments } from '../grammar/positional.ts';

export const command = defineCommand({
  description: [
    'Looks for what a crash can leave between records, storage, OCI runtimes, cgroups, mounts and files, and for images and containers that',
    'are damaged. Every problem is one line. With --repair, what can be mended without a loss is mended; --force also removes images and',
    'containers that are damaged. The exit code is 0 when nothing is left to mend, otherwise 125.',
  ],
  usage: '[options]',
  examples: ['system check', 'system check --quick', 'system check --repair', 'system check --repair --force --max 1h'],
  flags: {
    force: { kind: 'bool', shorthand: 'f', help: 'Remove damaged images and containers, too' },
    max: {
      kind: 'string',
      shorthand: 'm',
      metavar: 'DURATION',
      default: '24h',
      help: 'How long a layer may be there that nothing uses',
    },
    quick: { kind: 'bool', shorthand: 'q', help: 'Do not read the content of files' },
    repair: { kind: 'bool', shorthand: 'r', help: 'Mend what can be mended without a loss' },
  },
  positional: noArguments,
  async run({ flags, context: { output, runtime } }) {
    const options: CheckOptions = { ...flags, unusedLayerAge: ageOf(flags.max) };
    const problems = await (await runtime()).check(options);
    for (const problem of problems) output.line(lineOf(problem));
    const left = problems.filter(({ mended }) => !mended);
    if (left.length === 0) return 0;
    output.error(`${left.length} ${left.length === 1 ? 'problem' : 'problems'} in the store`, next(left));
    return 125;
  },
});

function ageOf(text: string): number {
  const age = parseDuration(text);
  if (age === undefined || age < 0) {
    throw new InvalidArgumentError(`invalid argument "${text}" for "--max": not a duration`, {
      code: 'invalid-duration',
      hint: 'give a number with a unit, e.g. 30m or 24h',
    });
  }
  return age;
}

function lineOf({ kind, message, mended }: StoreProblem): string {
  return `${mended ? 'mended' : 'found'} ${kind}: ${message}`;
}

function next(left: readonly StoreProblem[]): string {
  const has = (mending: StoreProblem['mending']) => left.some((problem) => problem.mending === mending);
  if (has('safe')) return 'mend what can be mended without a loss: tspod system check --repair';
  if (has('lossy')) return 'remove what is damaged: tspod system check --repair --force';
  return 'put backups of the files in their places';
}
