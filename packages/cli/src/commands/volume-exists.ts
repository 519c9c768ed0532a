import { defineCommand } from '../grammar/command.ts';
import { exactly } from '../grammar/positional.ts';

export const command = defineCommand({
  description: ['Exits with 0 if there is a volume of this name, with 1 if there is none.'],
  usage: 'VOLUME',
  examples: ['volume exists data || tspod volume create data'],
  flags: {},
  positional: exactly(1),
  async run({ positional: [name = ''], context }) {
    return (await (await context.runtime()).volumes.exists(name)) ? 0 : 1;
  },
});
