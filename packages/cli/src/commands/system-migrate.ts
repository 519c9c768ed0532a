import { NotSupportedError } from '@tspod/core';
import { forEach, raise } from '../for-each.ts';
import { defineCommand } from '../grammar/command.ts';
import { noArguments } from '../grammar/positional.ts';

export const command = defineCommand({
  description: [
    'Stops every container, so that all of them begin anew with the version of tspod that is installed. Records need no migration by',
    'hand: they are brought up to date when the store is opened.',
  ],
  usage: '[options]',
  examples: ['system migrate'],
  flags: { 'new-runtime': { kind: 'string', help: 'Refused: a container keeps the OCI runtime that it was made with' } },
  positional: noArguments,
  async run({ flags, context: { output, runtime } }) {
    if (flags['new-runtime'] !== undefined) {
      throw new NotSupportedError('a container keeps the OCI runtime that it was made with', {
        code: 'no-new-runtime',
        hint: 'make it anew: tspod --runtime NAME create --replace …',
      });
    }
    const engine = await runtime();
    const running = await engine.listContainers();
    const failures = await forEach(running, output, async ({ id }) => {
      await (await engine.container(id)).stop();
      return `stopped ${id}`;
    });
    raise(failures, output);
    return 0;
  },
});
