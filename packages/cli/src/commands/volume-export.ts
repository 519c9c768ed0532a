import { EngineError } from '@tspod/core';
import { writeArchive } from '../archive-output.ts';
import { defineCommand } from '../grammar/command.ts';
import { exactly } from '../grammar/positional.ts';

export const command = defineCommand({
  description: ['Writes the content of a volume as a tar archive.'],
  usage: '[options] VOLUME',
  examples: ['volume export data > data.tar', 'volume export --output data.tar data'],
  flags: {
    output: { kind: 'string', shorthand: 'o', help: 'File to write in place of stdout' },
  },
  positional: exactly(1),
  async run({ flags, positional: [name = ''], context }) {
    await writeArchive(context, flags.output, async (target, options) => {
      const { volumes } = await context.runtime();
      try {
        await volumes.export(name, target, options);
      } catch (error) {
        if (!(EngineError.isInstance(error) && error.code === 'no-such-volume')) throw error;
        throw new Error(`no such volume ${name}`, { cause: error });
      }
    });
    return 0;
  },
});
