import { parseSignal } from '@tspod/core';
import { everyContainer, namedContainers } from '../containers.ts';
import { forEach, raise } from '../for-each.ts';
import { defineCommand } from '../grammar/command.ts';
import { namesOrAll } from '../grammar/positional.ts';

export const command = defineCommand({
  description: ['Sends a signal to the first process of containers: SIGKILL, unless another one is named.'],
  usage: '[options] CONTAINER [CONTAINER...]',
  examples: ['kill web', 'kill --signal HUP web db'],
  flags: {
    all: { kind: 'bool', shorthand: 'a', help: 'Signal every container that runs' },
    signal: { kind: 'string', shorthand: 's', default: 'KILL', help: 'Name or number of the signal' },
  },
  positional: namesOrAll(),
  async run({ flags, positional, context }) {
    const { output } = context;
    const signal = parseSignal(flags.signal);
    const runtime = await context.runtime();
    const targets = flags.all ? await everyContainer(runtime, { all: false }) : await namedContainers(runtime, positional);
    const failures = await forEach(targets, output, async ({ name, container }) => {
      await container.kill(signal);
      return name;
    });
    raise(failures, output);
    return 0;
  },
});
