import { parseSignal } from '@tspod/core';
import { forEach, raise } from '../for-each.ts';
import { defineCommand } from '../grammar/command.ts';
import { namesOrAll } from '../grammar/positional.ts';
import { namedPods } from '../pods.ts';

export const command = defineCommand({
  description: ['Sends a signal to the first process of every container of pods: SIGKILL, unless another one is named.'],
  usage: '[options] POD [POD...]',
  examples: ['pod kill web', 'pod kill --signal TERM --all'],
  flags: {
    all: { kind: 'bool', shorthand: 'a', help: 'Every pod' },
    signal: { kind: 'string', shorthand: 's', default: 'KILL', help: 'Name or number of the signal' },
  },
  positional: namesOrAll(),
  async run({ flags, positional, context }) {
    const { output } = context;
    const signal = parseSignal(flags.signal);
    const pods = await namedPods(await context.runtime(), positional, { all: flags.all });
    const failures = await forEach(pods, output, async (pod) => {
      await pod.kill(signal);
      return pod.id;
    });
    raise(failures, output);
    return 0;
  },
});
