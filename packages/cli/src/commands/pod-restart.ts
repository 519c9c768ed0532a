import { defineCommand } from '../grammar/command.ts';
import { anyPods, onSelectedPods, podSelectionFlags } from '../pods.ts';

export const command = defineCommand({
  description: ['Stops the containers of pods and starts them again.'],
  usage: '[options] POD [POD...]',
  examples: ['pod restart web', 'pod restart --all'],
  flags: { ...podSelectionFlags },
  positional: anyPods,
  run: (invocation) =>
    onSelectedPods(invocation, (pod) => pod.restart({ onWarning: (text) => invocation.context.output.warning(text) })),
});
