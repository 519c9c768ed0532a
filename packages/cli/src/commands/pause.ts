import { anySelection, selectedContainers, selectionFlags } from '../container-selection.ts';
import { forEach, raise } from '../for-each.ts';
import { defineCommand } from '../grammar/command.ts';

export const command = defineCommand({
  description: ['Freezes every process of containers that run.'],
  usage: '[options] CONTAINER [CONTAINER...]',
  examples: ['pause web', 'pause --all'],
  flags: { ...selectionFlags, all: { kind: 'bool', shorthand: 'a', help: 'Pause every container that runs' } },
  positional: anySelection,
  async run({ flags, positional, context }) {
    const { output } = context;
    const targets = await selectedContainers(context.runtime, { ...flags, names: positional }, { statusOfAll: ['running'] });
    const failures = await forEach(targets, output, async ({ name, container }) => {
      await container.pause();
      return name;
    });
    raise(failures, output);
    return 0;
  },
});
