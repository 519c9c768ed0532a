import { defineCommand } from '../grammar/command.ts';
import { exactly } from '../grammar/positional.ts';

export const command = defineCommand({
  description: ['Takes an image off a list of manifests, and prints the id of the list.'],
  usage: 'LIST DIGEST',
  examples: ['manifest remove mine:v1 sha256:4ec8…'],
  flags: {},
  positional: exactly(2),
  async run({ positional: [list = '', digest = ''], context: { output, runtime } }) {
    output.line(await (await (await runtime()).images.lists()).remove(list, digest));
    return 0;
  },
});
