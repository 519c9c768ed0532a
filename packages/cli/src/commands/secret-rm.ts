import { forEach, raise } from '../for-each.ts';
import { defineCommand } from '../grammar/command.ts';
import { namesOrAll } from '../grammar/positional.ts';

const complaint = '`tspod secret rm` requires one argument, or the --all flag';

export const command = defineCommand({
  description: ['Removes secrets. Containers that have one go on, but can not be started again.'],
  usage: '[options] SECRET [SECRET...]',
  examples: ['secret rm password', 'secret rm --all'],
  flags: { all: { kind: 'bool', shorthand: 'a', help: 'Every secret' } },
  positional: { ...namesOrAll(complaint), notWithReplacement: complaint },
  async run({ flags, positional, context }) {
    const { output } = context;
    const { secrets } = await context.runtime();
    const names = flags.all ? (await secrets.list()).map(({ id }) => id) : positional;
    raise(await forEach(names, output, (name) => secrets.remove(name)), output);
    return 0;
  },
});
