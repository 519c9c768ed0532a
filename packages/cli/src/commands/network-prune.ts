import { parseFilters } from '@tspod/core';
import { raise } from '../for-each.ts';
import { defineCommand } from '../grammar/command.ts';
import { noArguments } from '../grammar/positional.ts';
import { askPermission } from '../permission.ts';

export const command = defineCommand({
  description: ['Removes the networks that no container uses, or those of them that the filters choose.'],
  usage: '[options]',
  examples: ['network prune', 'network prune --force --filter label=scratch'],
  flags: {
    filter: { kind: 'stringArray', metavar: 'KEY=VALUE', help: 'Only networks that fit: label, label!, until' },
    force: { kind: 'bool', shorthand: 'f', help: 'Do not ask first' },
  },
  positional: noArguments,
  async run({ flags, context: { output, runtime } }) {
    const filters = parseFilters(flags.filter);
    const { networks } = await runtime();
    const warning = 'This will remove all networks not used by at least one container.';
    if (!flags.force && !askPermission(warning, output)) return 0;
    const pruned = await networks.prune({ filters });
    for (const { name, failure } of pruned) if (failure === undefined) output.line(name);
    raise(
      pruned.flatMap(({ failure }) => (failure === undefined ? [] : [failure])),
      output,
    );
    return 0;
  },
});
