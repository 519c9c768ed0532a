import { NotFoundError, type Pod } from '@tspod/core';
import { defineCommand } from '../grammar/command.ts';
import { UsageError } from '../grammar/usage-error.ts';
import { logFlags, logOptions, printLogs } from '../log-printing.ts';
import { anyPods } from '../pods.ts';

export const command = defineCommand({
  description: ['Shows what the containers of a pod wrote to stdout and stderr, each on the same stream here.'],
  usage: '[options] POD',
  examples: ['pod logs web', 'pod logs --follow --names web', 'pod logs --container db --tail 2 web'],
  flags: {
    ...logFlags,
    container: { kind: 'string', shorthand: 'c', help: 'Only of this one of its containers' },
    latest: { kind: 'bool', shorthand: 'l', help: 'The pod that was made last' },
  },
  positional: anyPods,
  async run({ flags, positional, context }) {
    if (flags.latest && positional.length > 0) throw new UsageError('--latest and pods cannot be used together');
    if (!flags.latest && positional.length === 0) throw new UsageError('specify at least one pod name or ID to log');
    if (positional.length > 1) throw new UsageError('requires exactly 1 arg');
    const options = logOptions(flags);
    const runtime = await context.runtime();
    const pod = flags.latest ? await runtime.latestPod() : await runtime.pod(positional[0] ?? '');
    const name = flags.container;
    if (name !== undefined) await requireMember(pod, name, positional[0] ?? pod.name);
    const containers = name === undefined ? await pod.containers() : [await runtime.container(name)];
    await printLogs(containers, context.output, { ...flags, options, prefixed: name === undefined });
    return 0;
  },
});

async function requireMember(pod: Pod, container: string, podName: string): Promise<void> {
  if (await pod.hasContainer(container)) return;
  throw new NotFoundError(`container ${container} is not in pod ${podName}: no such container`, { code: 'no-such-container' });
}
