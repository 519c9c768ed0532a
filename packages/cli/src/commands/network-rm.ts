import { EngineError, engineFailure } from '@tspod/core';
import { forEach, raise } from '../for-each.ts';
import { defineCommand } from '../grammar/command.ts';
import { atLeast } from '../grammar/positional.ts';
import { UsageError } from '../grammar/usage-error.ts';
import { ExitError } from '../reporter.ts';

const missing = 1;
const used = 2;

export const command = defineCommand({
  description: ['Removes networks. One that containers use is only removed by force, with these containers.'],
  usage: '[options] NETWORK [NETWORK...]',
  examples: ['network rm web', 'network rm --force web'],
  flags: {
    force: { kind: 'bool', shorthand: 'f', help: 'With the containers and pods that use it, which are stopped if they run' },
    time: { kind: 'uint', shorthand: 't', help: 'Seconds before such a container is killed' },
  },
  positional: atLeast(1),
  async run({ flags, positional, context }) {
    const { output } = context;
    if (flags.time !== undefined && !flags.force)
      throw new UsageError('--force option must be specified to use the --time option');
    const { networks } = await context.runtime();
    const failures = await forEach(
      positional,
      output,
      async (name) => {
        try {
          await networks.remove(name, { force: flags.force, timeout: flags.time });
          return name;
        } catch (error) {
          if (flags.force && EngineError.isInstance(error) && error.code === 'no-such-network') return undefined;
          throw error;
        }
      },
      { width: 1 },
    );
    try {
      raise(failures, output);
    } catch (error) {
      throw new ExitError(exitCodeOf(failures), error);
    }
    return 0;
  },
});

function exitCodeOf(failures: readonly unknown[]): number {
  const has = (code: string) => failures.some((failure) => EngineError.isInstance(failure) && failure.code === code);
  if (has('network-in-use')) return used;
  return has('no-such-network') ? missing : engineFailure;
}
