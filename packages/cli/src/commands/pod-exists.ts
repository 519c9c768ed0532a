import { defineCommand } from '../grammar/command.ts';
import { exactly } from '../grammar/positional.ts';

export const command = defineCommand({
  description: ['Exits with 0 if there is a pod of this name or id, with 1 if there is none.'],
  usage: 'POD',
  examples: ['pod exists web || tspod pod create --name web'],
  flags: {},
  positional: exactly(1),
  async run({ positional: [name = ''], context }) {
    return (await (await context.runtime()).hasPod(name)) ? 0 : 1;
  },
});
