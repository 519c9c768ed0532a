import { EngineError, engineFailure } from '@tspod/core';
import type { Runtime } from 'tspod';
import { raise } from '../for-each.ts';
import { defineCommand } from '../grammar/command.ts';
import { namesOrAll } from '../grammar/positional.ts';
import { ExitError } from '../reporter.ts';

const missing = 1;
const inUse = 2;

export const command = defineCommand({
  description: [
    'Removes images, and those of their layers that nothing else needs. An image with several names only loses the given one.',
  ],
  usage: '[options] IMAGE [IMAGE...]',
  examples: ['rmi busybox', 'rmi --force 0e3bbc2 mine:v1', 'rmi --all'],
  flags: {
    all: { kind: 'bool', shorthand: 'a', help: 'Remove every image' },
    force: { kind: 'bool', shorthand: 'f', help: 'With all its names, and the containers that were made from it' },
    'no-prune': { kind: 'bool', help: 'Leave the nameless images that it was built on' },
    ignore: { kind: 'bool', shorthand: 'i', help: 'An image that is not there is no failure' },
  },
  positional: {
    ...namesOrAll('image name or ID must be specified'),
    notWithReplacement: 'when using the --all switch, you may not pass any images names or IDs',
  },
  async run({ flags, positional, context }) {
    const { output } = context;
    const runtime = await context.runtime();
    const failures: unknown[] = [];
    const allDeleted: string[] = [];
    for (const reference of flags.all ? await everyName(runtime) : positional) {
      try {
        const { untagged, deleted } = await runtime.images.remove(reference, {
          force: flags.force,
          keepParents: flags['no-prune'],
        });
        for (const name of untagged) output.line(`Untagged: ${name}`);
        allDeleted.push(...deleted);
      } catch (error) {
        if (!isMissing(error) || !(flags.ignore || flags.force || flags.all)) failures.push(error);
      }
    }
    for (const id of allDeleted) output.line(`Deleted: ${id}`);
    try {
      raise(failures, output);
    } catch (last) {
      throw new ExitError(exitCodeOf(failures), last);
    }
    return 0;
  },
});

/** Names to remove one after the other until every image is gone; the id of an image without names. */
async function everyName({ images }: Runtime): Promise<string[]> {
  return (await images.list()).flatMap(({ id, names }) => (names.length > 0 ? names : [id]));
}

function exitCodeOf(failures: readonly unknown[]): number {
  if (failures.some((error) => EngineError.isInstance(error) && error.kind === 'in-use')) return inUse;
  return failures.every(isMissing) ? missing : engineFailure;
}

function isMissing(error: unknown): boolean {
  return EngineError.isInstance(error) && error.code === 'no-such-image';
}
