import { parseSignal } from '@tspod/core';
import { anySelection, selectedContainers, selectionFlags } from '../container-selection.ts';
import { forEach, raise } from '../for-each.ts';
import { defineCommand } from '../grammar/command.ts';

export const command = defineCommand({
  description: ['Sends a signal to the first process of containers: SIGKILL, unless another one is named.'],
  usage: '[options] CONTAINER [CONTAINER...]',
  examples: ['kill web', 'kill --signal HUP web db'],
  flags: {
    all: { kind: 'bool', shorthand: 'a', help: 'Signal every container that runs' },
    cidfile: selectionFlags.cidfile,
    latest: selectionFlags.latest,
    signal: { kind: 'string', shorthand: 's', default: 'KILL', help: 'Name or number of the signal' },
  },
  positional: anySelection,
  async run({ flags, positional, context }) {
    const { output } = context;
    const signal = parseSignal(flags.signal);
    const selection = { ...flags, names: positional };
    const targets = await selectedContainers(context.runtime, selection, { statusOfAll: ['running'] });
    const failures = await forEach(targets, output, async ({ name, container }) => {
      await container.kill(signal);
      return name;
    });
    raise(failures, output);
    return 0;
  },
});
