import { defineCommand } from '../grammar/command.ts';
import { atLeast } from '../grammar/positional.ts';

export const command = defineCommand({
  description: ['Takes names away from an image, all of them if none is given. The image stays.'],
  usage: 'IMAGE [IMAGE...]',
  examples: ['untag mine:v1 mine:v1', 'untag 0e3bbc2'],
  flags: {},
  positional: atLeast(1),
  async run({ positional: [reference = '', ...given], context }) {
    const { images } = await context.runtime();
    const { id, names } = await images.get(reference);
    for (const name of given.length > 0 ? given : names) await images.untag(id, name);
    return 0;
  },
});
