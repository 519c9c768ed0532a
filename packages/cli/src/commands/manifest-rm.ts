import { EngineError, engineFailure } from '@tspod/core';
import { raise } from '../for-each.ts';
import { defineCommand } from '../grammar/command.ts';
import { atLeast } from '../grammar/positional.ts';
import { ExitError } from '../reporter.ts';

const missing = 1;

export const command = defineCommand({
  description: ['Removes lists of manifests; the images that are in them stay.'],
  usage: 'LIST [LIST...]',
  examples: ['manifest rm mine:v1'],
  flags: {},
  positional: atLeast(1),
  async run({ positional, context: { output, runtime } }) {
    const { images } = await runtime();
    const lists = await images.lists();
    const failures: unknown[] = [];
    for (const list of positional) {
      try {
        await lists.get(list);
        const { untagged, deleted } = await images.remove(list);
        for (const name of untagged) output.line(`Untagged: ${name}`);
        for (const id of deleted) output.line(`Deleted: ${id}`);
      } catch (error) {
        failures.push(error);
      }
    }
    try {
      raise(failures, output);
    } catch (error) {
      throw new ExitError(isMissingImage(error) ? missing : engineFailure, error);
    }
    return 0;
  },
});

function isMissingImage(error: unknown): boolean {
  return EngineError.isInstance(error) && error.code === 'no-such-image';
}
