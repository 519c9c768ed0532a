import { raise } from '../for-each.ts';
import { defineCommand } from '../grammar/command.ts';
import { anyPods, forEachPod, podIdFileFlag, podSelectionFlags, selectedPods } from '../pods.ts';

export const command = defineCommand({
  description: ['Stops the containers of pods, those that others depend on last.'],
  usage: '[options] POD [POD...]',
  examples: ['pod stop web', 'pod stop --time 2 --all'],
  flags: {
    ...podSelectionFlags,
    ignore: { kind: 'bool', shorthand: 'i', help: 'A pod that is not there is no failure' },
    'pod-id-file': podIdFileFlag,
    time: { kind: 'uint', shorthand: 't', help: 'Seconds before a container is killed; without it its own setting counts' },
  },
  positional: anyPods,
  async run({ flags, positional, context }) {
    const { output } = context;
    const pods = await selectedPods(context.runtime, flags, positional, { ignoreMissing: flags.ignore });
    const failures = await forEachPod(pods, output, async (pod) => {
      await pod.stop({ timeout: flags.time, onWarning: (text) => output.warning(text) });
      return pod.id;
    });
    raise(failures, output);
    return 0;
  },
});
