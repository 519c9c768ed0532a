import { defineCommand } from '../grammar/command.ts';
import { atLeast } from '../grammar/positional.ts';

export const command = defineCommand({
  description: ['Removes one or more names from a locally-stored image; without a name, all of them. The image stays.'],
  usage: 'IMAGE [IMAGE...]',
  examples: ['untag 0e3bbc2', 'untag imageID:latest otherImageName:latest', 'untag httpd myregistryhost:5000/fedora/httpd:v2'],
  flags: {},
  positional: atLeast(1),
  async run({ positional: [reference = '', ...given], context }) {
    const { images } = await context.runtime();
    const { id, names } = await images.get(reference);
    for (const name of given.length > 0 ? given : names) await images.untag(id, name);
    return 0;
  },
});
