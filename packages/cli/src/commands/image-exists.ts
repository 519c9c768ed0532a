import { defineCommand } from '../grammar/command.ts';
import { exactly } from '../grammar/positional.ts';

export const command = defineCommand({
  description: ['Exits with 0 if there is an image of this name or id, with 1 if there is none.'],
  usage: 'IMAGE',
  examples: ['image exists busybox || tspod load -i busybox.tar'],
  flags: {},
  positional: exactly(1),
  async run({ positional: [reference = ''], context }) {
    return (await (await context.runtime()).images.exists(reference)) ? 0 : 1;
  },
});
