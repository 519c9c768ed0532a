import { defineCommand } from '../grammar/command.ts';
import { exactly } from '../grammar/positional.ts';

export const command = defineCommand({
  description: ['Prints a list of manifests.'],
  usage: 'LIST',
  examples: ['manifest inspect mine:v1'],
  flags: {},
  positional: exactly(1),
  async run({ positional: [list = ''], context: { output, runtime } }) {
    output.json(await (await (await runtime()).images.lists()).get(list), 4);
    return 0;
  },
});
