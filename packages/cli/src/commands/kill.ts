import { parseSignal } from '@tspod/core';
import { everyContainer, namedContainers } from '../containers.ts';
import { forEach, raise } from '../for-each.ts';
import { defineCommand } from '../grammar/command.ts';
import { namesOrAll } from '../grammar/positional.ts';

export const command = defineCommand({
  description: [
    'The main process inside each container specified will be sent SIGKILL, or any signal specified with option --signal.',
  ],
  usage: '[options] CONTAINER [CONTAINER...]',
  examples: ['kill mywebserver', 'kill 860a4b23', 'kill --signal TERM ctrID'],
  flags: {
    all: { kind: 'bool', shorthand: 'a', help: 'Signal all running containers' },
    signal: { kind: 'string', shorthand: 's', default: 'KILL', help: 'Signal to send to the container' },
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
