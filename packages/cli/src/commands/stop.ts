import { everyContainer, namedContainers } from '../containers.ts';
import { forEach, raise } from '../for-each.ts';
import { defineCommand } from '../grammar/command.ts';
import { namesOrAll } from '../grammar/positional.ts';

export const command = defineCommand({
  description: ['Sends containers their stop signal, waits, and kills those that still run then.'],
  usage: '[options] CONTAINER [CONTAINER...]',
  examples: ['stop web', 'stop --time 2 web db', 'stop --all'],
  flags: {
    all: { kind: 'bool', shorthand: 'a', help: 'Stop every container that runs' },
    ignore: { kind: 'bool', shorthand: 'i', help: 'A container that is not there is no failure' },
    time: {
      kind: 'uint',
      shorthand: 't',
      help: 'Seconds before it is killed; without it the setting of the container counts',
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
