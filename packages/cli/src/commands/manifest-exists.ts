import { defineCommand } from '../grammar/command.ts';
import { exactly } from '../grammar/positional.ts';

export const command = defineCommand({
  description: ['Ends with 0 when there is a list of manifests with this name, with 1 when there is none.'],
  usage: 'LIST',
  examples: ['manifest exists mine:v1'],
  flags: {},
  positional: exactly(1),
  async run({ positional: [list = ''], context: { runtime } }) {
    return (await (await (await runtime()).images.lists()).exists(list)) ? 0 : 1;
  },
});
