import { type Container, EngineError, InvalidArgumentError, InvalidStateError } from '@tspod/core';
import type { Runtime } from 'tspod';
import { anySelection, selectedContainers, selectionFlags } from '../container-selection.ts';
import { forEach, raise } from '../for-each.ts';
import { defineCommand } from '../grammar/command.ts';
import { UsageError } from '../grammar/usage-error.ts';

export const command = defineCommand({
  description: [
    'Does what is left to do when the process of a container has ended: unmounts its root filesystem, leaves its networks, writes down',
    'its exit. tspod does so by itself; this is for when that has failed.',
  ],
  usage: '[options] CONTAINER [CONTAINER...]',
  examples: ['container cleanup web', 'container cleanup --all', 'container cleanup --rm web'],
  flags: {
    all: { kind: 'bool', shorthand: 'a', help: 'Every container that does not run' },
    exec: { kind: 'string', help: 'The exec session with this id, in place of the container' },
    latest: selectionFlags.latest,
    rm: { kind: 'bool', help: 'Remove the container afterwards' },
    rmi: { kind: 'bool', help: 'Remove its image afterwards' },
  },
  positional: anySelection,
  async run({ flags, positional, context }) {
    const { output } = context;
    if (flags.exec !== undefined && flags.all) throw new UsageError('exec and all options conflict');
    if (flags.exec !== undefined && flags.rm) throw new UsageError('exec and rm options conflict');
    const targets = await selectedContainers(
      context.runtime,
      { ...flags, names: positional },
      { statusOfAll: ['created', 'initialized', 'exited', 'stopped'] },
    );
    const runtime = await context.runtime();
    const failures = await forEach(targets, output, async ({ name, container }) => {
      if (flags.exec !== undefined) await cleanSession(container, runtime, flags.exec);
      else {
        await refuseRunning(container);
        await container.cleanup();
      }
      const image = flags.rmi ? (await container.inspect()).Image : '';
      if (flags.rm) await container.remove();
      if (image !== '') await runtime.images.remove(image, { force: false });
      return name;
    });
    raise(failures, output);
    return 0;
  },
});

async function cleanSession(container: Container, runtime: Runtime, id: string): Promise<void> {
  const session = await runtime.execSession(id).catch((error: unknown) => {
    if (EngineError.isInstance(error) && error.code === 'no-such-exec-session') return undefined;
    throw error;
  });
  if (session?.containerId !== container.id) {
    throw new InvalidArgumentError(`container ${container.id} has no exec session with ID ${id}: no such exec session`, {
      code: 'no-such-exec-session',
    });
  }
  await container.handleExecExit(session.id);
}

async function refuseRunning(container: Container): Promise<void> {
  const { status } = await container.state();
  if (!['running', 'paused', 'stopping'].includes(status)) return;
  const text = `container ${container.id} is running or paused, refusing to clean up: container state improper`;
  throw new InvalidStateError(`failed to clean up container ${container.id}: ${text}`, {
    code: 'container-running',
    actual: status,
    allowed: ['configured', 'created', 'stopped', 'exited'],
  });
}
