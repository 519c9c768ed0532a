import { defineCommand } from '../grammar/command.ts';
import { exactly } from '../grammar/positional.ts';

export const command = defineCommand({
  description: ['Exits with 0 when the network exists, and with 1 when it does not.'],
  usage: 'NETWORK',
  examples: ['network exists web'],
  flags: {},
  positional: exactly(1),
  async run({ positional: [name = ''], context }) {
    const { networks } = await context.runtime();
    return (await networks.exists(name)) ? 0 : 1;
  },
});
