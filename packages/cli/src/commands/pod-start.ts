import { raise } from '../for-each.ts';
import { defineCommand } from '../grammar/command.ts';
import { anyPods, forEachPod, podIdFileFlag, podSelectionFlags, selectedPods } from '../pods.ts';

export const command = defineCommand({
  description: ['Starts the containers of pods, those that others depend on first. What runs is left alone.'],
  usage: '[options] POD [POD...]',
  examples: ['pod start web', 'pod start --all'],
  flags: { ...podSelectionFlags, 'pod-id-file': podIdFileFlag },
  positional: anyPods,
  async run({ flags, positional, context }) {
    const { output } = context;
    const pods = await selectedPods(context.runtime, flags, positional);
    const failures = await forEachPod(pods, output, async (pod) => {
      await pod.start();
      return pod.id;
    });
    raise(failures, output);
    return 0;
  },
});
