import { anySelection, patienceFlag, selectedContainers, selectionFlags } from '../container-selection.ts';
import { forEach, raise } from '../for-each.ts';
import { defineCommand } from '../grammar/command.ts';

export const command = defineCommand({
  description: ['Sends containers their stop signal, waits, and kills those that still run then.'],
  usage: '[options] CONTAINER [CONTAINER...]',
  examples: ['stop web', 'stop --time 2 web db', 'stop --all'],
  flags: {
    ...selectionFlags,
    all: { kind: 'bool', shorthand: 'a', help: 'Stop every container' },
    ignore: { kind: 'bool', shorthand: 'i', help: 'A container that is not there is no failure' },
    time: patienceFlag,
  },
  positional: anySelection,
  async run({ flags, positional, context }) {
    const { output } = context;
    const selection = { ...flags, names: positional };
    const targets = await selectedContainers(context.runtime, selection, { ignoreMissing: flags.ignore });
    const failures = await forEach(targets, output, async ({ name, container }) => {
      await container.stop({ timeout: flags.time, onWarning: (text) => output.warning(text) });
      return name;
    });
    raise(failures, output);
    return 0;
  },
});
