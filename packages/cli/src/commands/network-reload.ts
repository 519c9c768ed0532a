import { latestFlag } from '../container-flags.ts';
import { anySelection, selectedContainers } from '../container-selection.ts';
import { forEach, raise } from '../for-each.ts';
import { defineCommand } from '../grammar/command.ts';

export const command = defineCommand({
  description: ['Makes the interfaces, firewall rules and published ports of running containers anew, with the same addresses.'],
  usage: '[options] CONTAINER [CONTAINER...]',
  examples: ['network reload web', 'network reload --all'],
  flags: { all: { kind: 'bool', shorthand: 'a', help: 'Every container that runs' }, latest: latestFlag },
  positional: anySelection,
  async run({ flags, positional, context }) {
    const { output } = context;
    const targets = await selectedContainers(context.runtime, { ...flags, names: positional }, { statusOfAll: ['running'] });
    const { networks } = await context.runtime();
    const failures = await forEach(targets, output, async ({ container }) => {
      if (flags.all && container.config().network !== 'bridge') return undefined;
      await networks.reload(container.id);
      return container.id;
    });
    raise(failures, output);
    return 0;
  },
});
