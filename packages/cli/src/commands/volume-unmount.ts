import { defineCommand } from '../grammar/command.ts';
import { exactly } from '../grammar/positional.ts';

export const command = defineCommand({
  description: ['Takes a mount of a volume back. Prints its name.'],
  usage: 'VOLUME',
  examples: ['volume unmount data'],
  flags: {},
  positional: exactly(1),
  async run({ positional: [name = ''], context }) {
    await (await context.runtime()).volumes.unmount(name);
    context.output.line(name);
    return 0;
  },
});
