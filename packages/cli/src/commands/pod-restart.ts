import { raise } from '../for-each.ts';
import { defineCommand } from '../grammar/command.ts';
import { anyPods, forEachPod, podSelectionFlags, selectedPods } from '../pods.ts';

export const command = defineCommand({
  description: ['Stops the containers of pods and starts them again.'],
  usage: '[options] POD [POD...]',
  examples: ['pod restart web', 'pod restart --all'],
  flags: { ...podSelectionFlags },
  positional: anyPods,
  async run({ flags, positional, context }) {
    const { output } = context;
    const pods = await selectedPods(context.runtime, flags, positional);
    const failures = await forEachPod(pods, output, async (pod) => {
      await pod.restart({ onWarning: (text) => output.warning(text) });
      return pod.id;
    });
    raise(failures, output);
    return 0;
  },
});
