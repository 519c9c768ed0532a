import { defineCommand } from '../grammar/command.ts';
import { atLeast } from '../grammar/positional.ts';

export const command = defineCommand({
  description: ['Gives an image more names. A name belongs to one image: another one that had it loses it.'],
  usage: 'IMAGE TARGET_NAME [TARGET_NAME...]',
  examples: ['tag busybox mine:v1', 'tag 0e3bbc2 registry.example.com:5000/team/mine'],
  flags: {},
  positional: atLeast(2),
  async run({ positional: [reference = '', ...names], context }) {
    const { images } = await context.runtime();
    for (const name of names) await images.tag(reference, name);
    return 0;
  },
});
