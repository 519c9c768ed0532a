import { raise } from '../for-each.ts';
import { defineCommand } from '../grammar/command.ts';
import { anyPods, forEachPod, podSelectionFlags, selectedPods } from '../pods.ts';

export const command = defineCommand({
  description: ['Lets paused containers of pods go on. Pods of which nothing can be paused are not printed.'],
  usage: '[options] POD [POD...]',
  examples: ['pod unpause web', 'pod unpause --all'],
  flags: { ...podSelectionFlags },
  positional: anyPods,
  async run({ flags, positional, context }) {
    const { output } = context;
    const pods = await selectedPods(context.runtime, flags, positional);
    const failures = await forEachPod(pods, output, async (pod) => {
      const { status, containers } = await pod.summary();
      if (status !== 'Degraded' && !containers.some(({ state }) => state.status === 'paused')) return undefined;
      await pod.unpause();
      return pod.id;
    });
    raise(failures, output);
    return 0;
  },
});
