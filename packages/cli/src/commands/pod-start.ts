import { forEach, raise } from '../for-each.ts';
import { defineCommand } from '../grammar/command.ts';
import { namesOrAll } from '../grammar/positional.ts';
import { namedPods } from '../pods.ts';

export const command = defineCommand({
  description: ['Starts the containers of pods, those that others depend on first. What runs is left alone.'],
  usage: '[options] POD [POD...]',
  examples: ['pod start web', 'pod start --all'],
  flags: { all: { kind: 'bool', shorthand: 'a', help: 'Every pod' } },
  positional: namesOrAll(),
  async run({ flags, positional, context }) {
    const { output } = context;
    const pods = await namedPods(await context.runtime(), positional, { all: flags.all });
    const failures = await forEach(pods, output, async (pod) => {
      await pod.start();
      return pod.id;
    });
    raise(failures, output);
    return 0;
  },
});
