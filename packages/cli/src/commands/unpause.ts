import { anySelection, selectedContainers, selectionFlags } from '../container-selection.ts';
import { forEach, raise } from '../for-each.ts';
import { defineCommand } from '../grammar/command.ts';

export const command = defineCommand({
  description: ['Lets containers go on that were paused.'],
  usage: '[options] CONTAINER [CONTAINER...]',
  examples: ['unpause web', 'unpause --all'],
  flags: { ...selectionFlags, all: { kind: 'bool', shorthand: 'a', help: 'Unpause every container that is paused' } },
  positional: anySelection,
  async run({ flags, positional, context }) {
    const { output } = context;
    const targets = await selectedContainers(context.runtime, { ...flags, names: positional }, { statusOfAll: ['paused'] });
    const failures = await forEach(targets, output, async ({ name, container }) => {
      await container.unpause();
      return name;
    });
    raise(failures, output);
    return 0;
  },
});
