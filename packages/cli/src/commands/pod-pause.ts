import { raise } from '../for-each.ts';
import { defineCommand } from '../grammar/command.ts';
import { anyPods, forEachPod, podSelectionFlags, selectedPods } from '../pods.ts';

export const command = defineCommand({
  description: ['Freezes the processes of the containers of pods, as far as they run.'],
  usage: '[options] POD [POD...]',
  examples: ['pod pause web', 'pod pause --all'],
  flags: { ...podSelectionFlags },
  positional: anyPods,
  async run({ flags, positional, context }) {
    const { output } = context;
    const pods = await selectedPods(context.runtime, flags, positional);
    const failures = await forEachPod(pods, output, async (pod) => {
      await pod.pause();
      return pod.id;
    });
    raise(failures, output);
    return 0;
  },
});
