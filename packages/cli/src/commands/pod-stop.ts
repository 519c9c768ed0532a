import { defineCommand } from '../grammar/command.ts';
import { anyPods, onSelectedPods, podIdFileFlag, podSelectionFlags } from '../pods.ts';

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
  run: (invocation) => {
    const { flags, context } = invocation;
    const options = { timeout: flags.time, onWarning: (text: string) => context.output.warning(text) };
    return onSelectedPods(invocation, (pod) => pod.stop(options), { ignoreMissing: flags.ignore });
  },
});
