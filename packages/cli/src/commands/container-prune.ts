import { parseFilters } from '@tspod/core';
import { raise } from '../for-each.ts';
import { defineCommand } from '../grammar/command.ts';
import { noArguments } from '../grammar/positional.ts';
import { askPermission } from '../permission.ts';

export const command = defineCommand({
  description: ['Removes every container that does not run, or those of them that the filters choose.'],
  usage: '[options]',
  examples: ['container prune --force', 'container prune --filter until=24h --filter label!=keep'],
  flags: {
    filter: { kind: 'stringArray', metavar: 'KEY=VALUE', help: 'Only containers that fit: label, label!, until' },
    force: { kind: 'bool', shorthand: 'f', help: 'Do not ask first' },
  },
  positional: noArguments,
  async run({ flags, context: { output, runtime } }) {
    const filters = parseFilters(flags.filter);
    if (!flags.force && !askPermission('This will remove all non running containers.', output)) return 0;
    const pruned = await (await runtime()).pruneContainers({ filters });
    for (const { id, failure } of pruned) if (failure === undefined) output.line(id);
    raise(
      pruned.flatMap(({ failure }) => (failure === undefined ? [] : [failure])),
      output,
    );
    return 0;
  },
});
