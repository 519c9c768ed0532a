import { engineFailure } from '@tspod/core';
import { forEach, raise } from '../for-each.ts';
import { defineCommand } from '../grammar/command.ts';
import { namesOrAll } from '../grammar/positional.ts';
import { isMissingPod, namedPods } from '../pods.ts';
import { ExitError } from '../reporter.ts';

const missing = 1;

export const command = defineCommand({
  description: ['Removes pods with their containers. A pod of which something runs is only removed by force.'],
  usage: '[options] POD [POD...]',
  examples: ['pod rm web', 'pod rm --force --all'],
  flags: {
    all: { kind: 'bool', shorthand: 'a', help: 'Every pod' },
    force: { kind: 'bool', shorthand: 'f', help: 'Stop its containers first; a pod that is not there is no failure' },
    ignore: { kind: 'bool', shorthand: 'i', help: 'A pod that is not there is no failure' },
    time: { kind: 'uint', shorthand: 't', help: 'Seconds before a container is killed; without it its own setting counts' },
  },
  positional: namesOrAll(),
  async run({ flags, positional, context }) {
    const { output } = context;
    const ignoreMissing = flags.ignore || flags.force;
    try {
      const pods = await namedPods(await context.runtime(), positional, { all: flags.all, ignoreMissing });
      const failures = await forEach(pods, output, async (pod) => {
        try {
          await pod.remove({ force: flags.force, timeout: flags.time });
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
