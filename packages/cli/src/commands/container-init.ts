import { anySelection, selectedContainers, selectionFlags } from '../container-selection.ts';
import { forEach, raise } from '../for-each.ts';
import { defineCommand } from '../grammar/command.ts';

export const command = defineCommand({
  description: ['Prepares containers up to the point where only the process has to be started: mounts, cgroups, namespaces.'],
  usage: '[options] CONTAINER [CONTAINER...]',
  examples: ['container init web', 'container init --latest'],
  flags: { latest: selectionFlags.latest, all: { kind: 'bool', shorthand: 'a', help: 'Prepare every container that was made' } },
  positional: anySelection,
  async run({ flags, positional, context }) {
    const { output } = context;
    const targets = await selectedContainers(
      context.runtime,
      { ...flags, names: positional },
      { statusOfAll: ['created', 'stopped', 'exited'] },
    );
    const failures = await forEach(targets, output, async ({ name, container }) => {
      await container.init();
      return name;
    });
    raise(failures, output);
    return 0;
  },
});
