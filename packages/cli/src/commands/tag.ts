import { defineCommand } from '../grammar/command.ts';
import { atLeast } from '../grammar/positional.ts';

export const command = defineCommand({
  description: ['Adds one or more additional names to locally-stored image.'],
  usage: 'IMAGE TARGET_NAME [TARGET_NAME...]',
  examples: [
    'tag 0e3bbc2 fedora:latest',
    'tag imageID:latest myNewImage:newTag',
    'tag httpd myregistryhost:5000/fedora/httpd:v2',
  ],
  flags: {},
  positional: atLeast(2),
  async run({ positional: [reference = '', ...names], context }) {
    const { images } = await context.runtime();
    for (const name of names) await images.tag(reference, name);
    return 0;
  },
});
