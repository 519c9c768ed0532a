import { everyContainer, namedContainers } from '../containers.ts';
import { forEach, raise } from '../for-each.ts';
import { defineCommand } from '../grammar/command.ts';
import { namesOrAll } from '../grammar/positional.ts';

export const command = defineCommand({
  description: [
    'Stops one or more running containers. The container name or ID can be used.',
    '',
    'A timeout to forcibly stop the container can also be set but defaults to 10 seconds otherwise.',
  ],
  usage: '[options] CONTAINER [CONTAINER...]',
  examples: ['stop ctrID', 'stop --time 2 mywebserver 6e534f14da9d'],
  flags: {
    all: { kind: 'bool', shorthand: 'a', help: 'Stop all running containers' },
    ignore: { kind: 'bool', shorthand: 'i', help: 'Ignore errors when a specified container is missing' },
    time: {
      kind: 'uint',
      shorthand: 't',
      help: "Seconds to wait for stop before killing the container (default: the container's own)",
    },
  },
  positional: namesOrAll(),
  async run({ flags, positional, context }) {
    const { output } = context;
    const runtime = await context.runtime();
    const targets = flags.all
      ? await everyContainer(runtime, { all: false })
      : await namedContainers(runtime, positional, { ignoreMissing: flags.ignore });
    const failures = await forEach(targets, output, async ({ name, container }) => {
      await container.stop({ timeout: flags.time, onWarning: (text) => output.warning(text) });
      return name;
    });
    raise(failures, output);
    return 0;
  },
});
