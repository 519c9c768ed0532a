import { engineFailure, type Pod, PodFailedError } from '@tspod/core';
import { forEach, raise } from '../for-each.ts';
import { defineCommand } from '../grammar/command.ts';
import { anyPods, isMissingPod, podIdFileFlag, podSelectionFlags, selectedPods } from '../pods.ts';
import { ExitError } from '../reporter.ts';

const missing = 1;

export const command = defineCommand({
  description: ['Removes pods with their containers. A pod of which something runs is only removed by force.'],
  usage: '[options] POD [POD...]',
  examples: ['pod rm web', 'pod rm --force --all'],
  flags: {
    ...podSelectionFlags,
    force: { kind: 'bool', shorthand: 'f', help: 'Stop its containers first; a pod that is not there is no failure' },
    ignore: { kind: 'bool', shorthand: 'i', help: 'A pod that is not there is no failure' },
    'pod-id-file': podIdFileFlag,
    time: { kind: 'uint', shorthand: 't', help: 'Seconds before a container is killed; without it its own setting counts' },
  },
  positional: anyPods,
  async run({ flags, positional, context }) {
    const { output } = context;
    const ignoreMissing = flags.ignore || flags.force;
    try {
      const pods = await selectedPods(context.runtime, flags, positional, { ignoreMissing });
      const failures = await forEach(pods, output, async (pod) => {
        try {
          await remove(pod, { force: flags.force, timeout: flags.time });
          return pod.id;
        } catch (error) {
          if ((ignoreMissing || flags.all) && isMissingPod(error)) return undefined; // another command was faster
          throw error;
        }
      });
      raise(failures, output);
      return 0;
    } catch (error) {
      throw new ExitError(isMissingPod(error) ? missing : engineFailure, error);
    }
  },
});

/** What kept several containers from being removed is one failure of the pod, as podman writes it. */
async function remove(pod: Pod, options: Parameters<Pod['remove']>[0]): Promise<void> {
  try {
    await pod.remove(options);
  } catch (error) {
    if (!(error instanceof PodFailedError)) throw error;
    const count = error.texts.length === 1 ? '1 error' : `${error.texts.length} errors`;
    throw new Error(`${count} occurred:\n${error.texts.map((text) => `\t* ${text}\n`).join('')}\n`, { cause: error });
  }
}
