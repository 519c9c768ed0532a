import { defineCommand } from '../grammar/command.ts';
import { exactly } from '../grammar/positional.ts';

export const command = defineCommand({
  description: ['Exits with 0 if there is a container of this name or id, with 1 if there is none.'],
  usage: 'CONTAINER',
  examples: ['container exists web || tspod run -d --name web localhost/web:v1'],
  flags: {},
  positional: exactly(1),
  async run({ positional: [name = ''], context }) {
    return (await (await context.runtime()).hasContainer(name)) ? 0 : 1;
  },
});
