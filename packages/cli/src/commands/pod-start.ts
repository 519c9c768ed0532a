import { defineCommand } from '../grammar/command.ts';
import { anyPods, onSelectedPods, podIdFileFlag, podSelectionFlags } from '../pods.ts';

export const command = defineCommand({
  description: ['Starts the containers of pods, those that others depend on first. What runs is left alone.'],
  usage: '[options] POD [POD...]',
  examples: ['pod start web', 'pod start --all'],
  flags: { ...podSelectionFlags, 'pod-id-file': podIdFileFlag },
  positional: anyPods,
  run: (invocation) => onSelectedPods(invocation, (pod) => pod.start()),
});
