import { defineCommand } from '../grammar/command.ts';
import { anyPods, onSelectedPods, podSelectionFlags } from '../pods.ts';

export const command = defineCommand({
  description: ['Lets paused containers of pods go on. Pods of which nothing can be paused are not printed.'],
  usage: '[options] POD [POD...]',
  examples: ['pod unpause web', 'pod unpause --all'],
  flags: { ...podSelectionFlags },
  positional: anyPods,
  run: (invocation) =>
    onSelectedPods(invocation, async (pod) => {
      const { status, containers } = await pod.summary();
      if (status !== 'Degraded' && !containers.some(({ state }) => state.status === 'paused')) return 'unprinted';
      return pod.unpause();
    }),
});
