import { defineCommand } from '../grammar/command.ts';
import { exactly } from '../grammar/positional.ts';

export const command = defineCommand({
  description: ['Gives a container another name, whether it runs or not. The old name is free at once.'],
  usage: 'CONTAINER NAME',
  examples: ['rename web web-old'],
  flags: {},
  positional: exactly(2),
  async run({ positional: [wanted = '', name = ''], context }) {
    const container = await (await context.runtime()).container(wanted);
    await container.rename(name);
    return 0;
  },
});
