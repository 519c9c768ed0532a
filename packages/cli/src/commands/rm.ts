import { EngineError, engineFailure } from '@tspod/core';
import { anySelection, patienceFlag, selectedContainers, selectionFlags } from '../container-selection.ts';
import { isMissing } from '../containers.ts';
import { raise } from '../for-each.ts';
import { defineCommand } from '../grammar/command.ts';
import { UsageError } from '../grammar/usage-error.ts';
import { ExitError } from '../reporter.ts';

const missing = 1;
const running = 2;

export const command = defineCommand({
  description: ['Removes containers with everything that they wrote. One that runs is only removed by force. Images stay.'],
  usage: '[options] CONTAINER [CONTAINER...]',
  examples: ['rm web', 'rm --force web 860a4b23', 'rm --force --all'],
  flags: {
    cidfile: selectionFlags.cidfile,
    filter: { kind: 'strings', help: selectionFlags.filter.help },
    latest: selectionFlags.latest,
    all: { kind: 'bool', shorthand: 'a', help: 'Remove every container' },
    depend: { kind: 'bool', help: 'Those that depend on it, too' },
    force: { kind: 'bool', shorthand: 'f', help: 'Stop it first if it runs; one that is not there is no failure' },
    ignore: { kind: 'bool', shorthand: 'i', help: 'A container that is not there is no failure' },
    time: patienceFlag,
  },
  positional: anySelection,
  async run({ flags, positional, context }) {
    if (flags.time !== undefined && !flags.force)
      throw new UsageError('--force option must be specified to use the --time option');
    const { output } = context;
    const ignoreMissing = flags.ignore || flags.force;
    try {
      const targets = await selectedContainers(context.runtime, { ...flags, names: positional }, { ignoreMissing });
      const names = new Map(targets.map(({ name, container }) => [container.id, name]));
      const everything = flags.all && flags.filter.length === 0;
      const outcomes = await (await context.runtime()).removeContainers(
        everything ? 'all' : targets.map(({ container }) => container),
        { force: flags.force, timeout: flags.time, dependents: flags.depend },
      );
      for (const { id, failure } of outcomes) if (failure === undefined) output.line(names.get(id) ?? id);
      raise(
        outcomes.flatMap(({ failure }) => (failure === undefined ? [] : [failure])),
        output,
      );
      return 0;
    } catch (error) {
      throw new ExitError(exitCodeOf(error), error);
    }
  },
});

function exitCodeOf(error: unknown): number {
  if (isMissing(error)) return missing;
  return EngineError.isInstance(error) && error.kind === 'invalid-state' ? running : engineFailure;
}
