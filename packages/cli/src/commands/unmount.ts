import { everyContainer, namedContainers, newestContainer } from '../containers.ts';
import { forEach, raise } from '../for-each.ts';
import { defineCommand } from '../grammar/command.ts';
import { namesOrAll } from '../grammar/positional.ts';
import { UsageError } from '../grammar/usage-error.ts';

export const command = defineCommand({
  description: [
    "Takes back a mount of containers' root filesystems. The last one unmounts it.",
    'A started container keeps the mount that it lives on.',
  ],
  usage: '[options] CONTAINER [CONTAINER...]',
  examples: ['unmount web', 'unmount --force web', 'unmount --all'],
  flags: {
    all: { kind: 'bool', shorthand: 'a', help: 'Every container that is mounted' },
    force: { kind: 'bool', shorthand: 'f', help: 'Take back all mounts at once' },
    latest: { kind: 'bool', shorthand: 'l', help: 'The newest container' },
  },
  positional: { ...namesOrAll(), minimum: 0 },
  async run({ flags, positional, context }) {
    const { output } = context;
    if (positional.length === 0 && !flags.all && !flags.latest) throw new UsageError('you must provide at least one name or id');
    if (positional.length > 0 && flags.latest) throw new UsageError('--latest and containers cannot be used together');
    const runtime = await context.runtime();
    const targets = flags.all
      ? await everyContainer(runtime, { all: true })
      : await (flags.latest ? newestContainer(runtime) : namedContainers(runtime, positional));
    const failures = await forEach(targets, output, async ({ name, container }) => {
      const { status } = await container.state();
      const wasMounted = (await container.mountPoint()) !== undefined;
      // As with podman, one that runs is passed over.
      const isUsed = ['created', 'running', 'paused', 'stopping'].includes(status);
      if (!isUsed) await container.unmount({ force: flags.force });
      return flags.all && (isUsed || !wasMounted) ? undefined : name;
    });
    raise(failures, output);
    return 0;
  },
});
