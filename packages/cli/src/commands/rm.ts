import { EngineError, engineFailure } from '@tspod/core';
import { everyContainer, isMissing, namedContainers } from '../containers.ts';
import { forEach, raise } from '../for-each.ts';
import { defineCommand } from '../grammar/command.ts';
import { namesOrAll } from '../grammar/positional.ts';
import { UsageError } from '../grammar/usage-error.ts';
import { ExitError } from '../reporter.ts';

const missing = 1;
const running = 2;

export const command = defineCommand({
  description: [
    'Removes one or more containers from the host. The container name or ID can be used.',
    '',
    'Command does not remove images. Running or unusable containers will not be removed without the -f option.',
  ],
  usage: '[options] CONTAINER [CONTAINER...]',
  examples: ['rm ctrID', 'rm mywebserver myflaskserver 860a4b23', 'rm --force --all', 'rm -f c684f0d469f2'],
  flags: {
    all: { kind: 'bool', shorthand: 'a', help: 'Remove all containers' },
    force: { kind: 'bool', shorthand: 'f', help: 'Force removal of a running or unusable container' },
    ignore: { kind: 'bool', shorthand: 'i', help: 'Ignore errors when a specified container is missing' },
    time: {
      kind: 'uint',
      shorthand: 't',
      help: "Seconds to wait for stop before killing the container (default: the container's own)",
    },
  },
  positional: namesOrAll(),
  async run({ flags, positional, context }) {
    if (flags.time !== undefined && !flags.force)
      throw new UsageError('--force option must be specified to use the --time option');
    const { output } = context;
    const ignoreMissing = flags.ignore || flags.force;
    try {
      const runtime = await context.runtime();
      const targets = flags.all
        ? await everyContainer(runtime, { all: true })
        : await namedContainers(runtime, positional, { ignoreMissing });
      const failures = await forEach(targets, output, async ({ name, container }) => {
        try {
          await container.remove({ force: flags.force, timeout: flags.time });
          return name;
        } catch (error) {
          if ((ignoreMissing || flags.all) && isMissing(error)) return undefined; // another command was faster
          throw error;
        }
      });
      raise(failures, output);
      return 0;
    } catch (error) {
      throw new ExitError(exitCodeOf(error), error);
    }
  },
});

function exitCodeOf(error: unknown): number {
  if (isMissing(error)) return missing;
  return EngineError.isInstance(error) && error.kind === 'invalid-state' ? running : engineFailure;
}
