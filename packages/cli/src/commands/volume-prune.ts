import { parseFilters } from '@tspod/core';
import { raise } from '../for-each.ts';
import { defineCommand } from '../grammar/command.ts';
import { noArguments } from '../grammar/positional.ts';
import { askPermission } from '../permission.ts';

export const command = defineCommand({
  description: ['Removes the volumes that no container uses, with their data, or those of them that the filters choose.'],
  usage: '[options]',
  examples: ['volume prune', 'volume prune --force --filter label=scratch'],
  flags: {
    filter: { kind: 'stringArray', metavar: 'KEY=VALUE', help: 'Only volumes that fit: label, label!, until' },
    force: { kind: 'bool', shorthand: 'f', help: 'Do not ask first' },
  },
  positional: noArguments,
  async run({ flags, context: { output, runtime } }) {
    const filters = parseFilters(flags.filter);
    const { volumes } = await runtime();
    if (!flags.force) {
      const names = await volumes.prunable({ filters });
      if (names.length === 0) {
        output.line('No dangling volumes found');
        return 0;
      }
      const text = 'This will remove all volumes not used by at least one container. The following volumes will be removed:';
      if (!askPermission([text, ...names].join('\n'), output)) return 0;
    }
    const pruned = await volumes.prune({ filters });
    for (const { name, failure } of pruned) if (failure === undefined) output.line(name);
    raise(
      pruned.flatMap(({ failure }) => (failure === undefined ? [] : [failure])),
      output,
    );
    return 0;
  },
});
