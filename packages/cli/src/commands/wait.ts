import { type ContainerStatus, displayStatus, InvalidArgumentError, parseDuration } from '@tspod/core';
import { selectionFlags } from '../container-selection.ts';
import { namedContainers, newestContainer } from '../containers.ts';
import { forEach, raise } from '../for-each.ts';
import { defineCommand } from '../grammar/command.ts';
import { atLeast } from '../grammar/positional.ts';

const statuses = [
  'configured',
  'created',
  'running',
  'paused',
  'stopping',
  'stopped',
  'exited',
  'removing',
  'unknown',
] as const satisfies ContainerStatus[];

export const command = defineCommand({
  description: ['Waits until each of the containers has ended, and prints their exit codes.'],
  usage: '[options] CONTAINER [CONTAINER...]',
  examples: ['wait web', 'wait --condition running --interval 1s web'],
  flags: {
    condition: { kind: 'strings', help: 'Status to wait for in place of the end' },
    interval: { kind: 'string', shorthand: 'i', default: '250ms', help: 'Time between two looks' },
    latest: selectionFlags.latest,
  },
  positional: {
    ...atLeast(1, '"tspod wait" requires a name, id, or the "--latest" flag'),
    replacedBy: 'latest',
    notWithReplacement: '--latest and containers cannot be used together',
  },
  async run({ flags, positional, context }) {
    const interval = parseInterval(flags.interval);
    const condition = flags.condition.length === 0 ? undefined : flags.condition.flatMap(parseCondition);
    const runtime = await context.runtime();
    const targets = flags.latest ? await newestContainer(runtime) : await namedContainers(runtime, positional);
    // all at once: the exit code of one that removes itself is not kept for ever
    const failures = await forEach(
      targets,
      context.output,
      async ({ container }) => String(await container.wait({ interval, condition })),
      {
        width: targets.length,
      },
    );
    raise(failures, context.output);
    return 0;
  },
});

/** Milliseconds, or a duration as Go writes it. */
function parseInterval(text: string): number {
  const interval = /^\d+$/.test(text) ? Number(text) : parseDuration(text);
  if (interval !== undefined && interval >= 0) return interval;
  throw new InvalidArgumentError(`time: invalid duration "${text}"`, {
    code: 'invalid-option',
    hint: 'give milliseconds, or a duration such as 250ms or 5s',
  });
}

/** A state as people see it, or by our own name for it. */
function parseCondition(word: string): ContainerStatus[] {
  const fitting = statuses.filter(
    (status) => displayStatus({ status } as Parameters<typeof displayStatus>[0]) === word.toLowerCase(),
  );
  if (fitting.length > 0) return fitting;
  if (word.toLowerCase() === 'configured') return ['configured'];
  throw new InvalidArgumentError(`unknown container state: ${word}: invalid argument`, { code: 'invalid-option' });
}
