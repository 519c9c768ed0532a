import { NotSupportedError } from '@tspod/core';
import { defineCommand } from '../grammar/command.ts';
import { noArguments } from '../grammar/positional.ts';

export const command = defineCommand({
  description: ['Removes the pods of which nothing runs any more, with their containers.'],
  usage: '[options]',
  examples: ['pod prune --force'],
  flags: { force: { kind: 'bool', shorthand: 'f', help: 'Without asking' } },
  positional: noArguments,
  async run({ flags, context: { output, runtime } }) {
    if (!flags.force) {
      throw new NotSupportedError('pod prune does not ask before it removes pods', {
        code: 'no-confirmation',
        hint: 'say --force to have all stopped and exited pods removed',
      });
    }
    for (const id of await (await runtime()).prunePods()) output.line(id);
    return 0;
  },
});
