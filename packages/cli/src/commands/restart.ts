import { anySelection, patienceFlag, selectedContainers, selectionFlags } from '../container-selection.ts';
import { forEach, raise } from '../for-each.ts';
import { defineCommand } from '../grammar/command.ts';

export const command = defineCommand({
  description: ['Stops containers that run, as tspod stop does, and starts them. Those that do not run are started.'],
  usage: '[options] CONTAINER [CONTAINER...]',
  examples: ['restart web', 'restart --time 2 web db', 'restart --running'],
  flags: {
    ...selectionFlags,
    all: { kind: 'bool', shorthand: 'a', help: 'Restart every container' },
    running: { kind: 'bool', help: 'Restart only containers that run' },
    time: patienceFlag,
  },
  positional: anySelection,
  async run({ flags, positional, context }) {
    const { output } = context;
    const selection = { ...flags, all: flags.all || (flags.running && positional.length === 0), names: positional };
    const targets = await selectedContainers(context.runtime, selection, {
      statusOfAll: flags.running ? ['running'] : undefined,
    });
    const failures = await forEach(targets, output, async ({ name, container }) => {
      await container.restart({ timeout: flags.time, onWarning: (text) => output.warning(text) });
      return name;
    });
    raise(failures, output);
    return 0;
  },
});
