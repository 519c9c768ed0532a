import { descriptorNames } from '@tspod/core';
import { explained } from '../explained.ts';
import { defineCommand } from '../grammar/command.ts';
import { UsageError } from '../grammar/usage-error.ts';
import { podSelectionFlags } from '../pods.ts';
import { formatProcesses } from '../process-table.ts';

export const command = defineCommand({
  description: ['Shows the processes of the containers of a pod.', `Descriptors: ${descriptorNames.join(', ')}.`],
  usage: '[options] POD [DESCRIPTOR...]',
  examples: ['pod top web', 'pod top --latest pid seccomp args %C'],
  flags: { latest: podSelectionFlags.latest },
  positional: { minimum: 0, maximum: Number.POSITIVE_INFINITY },
  async run({ flags, positional, context }) {
    const [name, ...rest] = positional;
    if (!flags.latest && name === undefined) throw new UsageError('you must provide the name or id of a running pod');
    const runtime = await context.runtime();
    const pod = flags.latest
      ? await runtime.latestPod()
      : await explained('unable to look up requested container', runtime.pod(name ?? ''));
    const processes = await pod.top(flags.latest ? positional : rest);
    if (processes.rows.length > 0) context.output.text(formatProcesses(processes));
    return 0;
  },
});
