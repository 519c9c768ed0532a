import { parseSignal } from '@tspod/core';
import { raise } from '../for-each.ts';
import { defineCommand } from '../grammar/command.ts';
import { anyPods, forEachPod, podSelectionFlags, selectedPods } from '../pods.ts';

export const command = defineCommand({
  description: ['Sends a signal to the first process of every container of pods: SIGKILL, unless another one is named.'],
  usage: '[options] POD [POD...]',
  examples: ['pod kill web', 'pod kill --signal TERM --all'],
  flags: {
    ...podSelectionFlags,
    signal: { kind: 'string', shorthand: 's', default: 'KILL', help: 'Name or number of the signal' },
  },
  positional: anyPods,
  async run({ flags, positional, context }) {
    const { output } = context;
    const signal = parseSignal(flags.signal);
    const pods = await selectedPods(context.runtime, flags, positional);
    const failures = await forEachPod(pods, output, async (pod) => {
      await pod.kill(signal);
      return pod.id;
    });
    raise(failures, output);
    return 0;
  },
});
