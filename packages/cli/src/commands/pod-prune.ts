import { raise } from '../for-each.ts';
import { defineCommand } from '../grammar/command.ts';
import { noArguments } from '../grammar/positional.ts';
import { askPermission } from '../permission.ts';

export const command = defineCommand({
  description: ['Removes the pods of which nothing runs any more, with their containers.'],
  usage: '[options]',
  examples: ['pod prune --force'],
  flags: { force: { kind: 'bool', shorthand: 'f', help: 'Do not ask first' } },
  positional: noArguments,
  async run({ flags, context: { output, runtime } }) {
    if (!flags.force && !askPermission('This will remove all stopped/exited pods..', output)) return 0;
    const pruned = await (await runtime()).prunePods();
    for (const { id, failure } of pruned) if (failure === undefined) output.line(id);
    raise(
      pruned.flatMap(({ failure }) => (failure === undefined ? [] : [failure])),
      output,
    );
    return 0;
  },
});
