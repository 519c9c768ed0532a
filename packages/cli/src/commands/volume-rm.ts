import { EngineError, engineFailure } from '@tspod/core';
import { forEach, raise } from '../for-each.ts';
import { defineCommand } from '../grammar/command.ts';
import { namesOrAll } from '../grammar/positional.ts';
import { UsageError } from '../grammar/usage-error.ts';
import { ExitError } from '../reporter.ts';

const missing = 1;
const used = 2;
const complaint = 'choose either one or more volumes or all';

export const command = defineCommand({
  description: ['Removes volumes with their data. One that containers use is only removed by force, with these containers.'],
  usage: '[options] VOLUME [VOLUME...]',
  examples: ['volume rm data', 'volume rm --force data', 'volume rm --all'],
  flags: {
    all: { kind: 'bool', shorthand: 'a', help: 'Every volume' },
    force: { kind: 'bool', shorthand: 'f', help: 'With the containers that use it, which are stopped if they run' },
    time: { kind: 'uint', shorthand: 't', help: 'Seconds before such a container is killed' },
  },
  positional: { ...namesOrAll(complaint), notWithReplacement: complaint },
  async run({ flags, positional, context }) {
    const { output } = context;
    if (flags.time !== undefined && !flags.force)
      throw new UsageError('--force option must be specified to use the --time option');
    const { volumes } = await context.runtime();
    const names = flags.all ? (await volumes.list()).map(({ name }) => name) : positional;
    const failures = await forEach(names, output, async (name) => {
      return removed(name, volumes.remove(name, { force: flags.force, timeout: flags.time }), flags.force);
    });
    try {
      raise(failures, output);
    } catch (error) {
      throw new ExitError(exitCodeOf(failures), error);
    }
    return 0;
  },
});

/** By force, one that is not there is no failure, and nothing is said of it. */
async function removed(name: string, removal: Promise<unknown>, force: boolean): Promise<string | undefined> {
  try {
    await removal;
    return name;
  } catch (error) {
    if (force && EngineError.isInstance(error) && error.code === 'no-such-volume') return undefined;
    throw error;
  }
}

function exitCodeOf(failures: readonly unknown[]): number {
  const has = (code: string) => failures.some((failure) => EngineError.isInstance(failure) && failure.code === code);
  if (has('volume-in-use')) return used;
  return has('no-such-volume') ? missing : engineFailure;
}
