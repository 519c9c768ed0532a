import { defineCommand } from '../grammar/command.ts';
import { anyPods, onSelectedPods, podSelectionFlags } from '../pods.ts';

export const command = defineCommand({
  description: ['Freezes the processes of the containers of pods, as far as they run.'],
  usage: '[options] POD [POD...]',
  examples: ['pod pause web', 'pod pause --all'],
  flags: { ...podSelectionFlags },
  positional: anyPods,
  run: (invocation) => onSelectedPods(invocation, (pod) => pod.pause()),
});
