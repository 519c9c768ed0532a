import { parseSignal } from '@tspod/core';
import { defineCommand } from '../grammar/command.ts';
import { anyPods, onSelectedPods, podSelectionFlags } from '../pods.ts';

export const command = defineCommand({
  description: ['Sends a signal to the first process of every container of pods: SIGKILL, unless another one is named.'],
  usage: '[options] POD [POD...]',
  examples: ['pod kill web', 'pod kill --signal TERM --all'],
  flags: {
    ...podSelectionFlags,
    signal: { kind: 'string', shorthand: 's', default: 'KILL', help: 'Name or number of the signal' },
  },
  positional: anyPods,
  run: (invocation) => {
    const signal = parseSignal(invocation.flags.signal);
    return onSelectedPods(invocation, (pod) => pod.kill(signal));
  },
});
