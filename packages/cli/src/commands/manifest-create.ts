import { defineCommand } from '../grammar/command.ts';
import { atLeast } from '../grammar/positional.ts';

export const command = defineCommand({
  description: ['Makes a list of manifests, of images of this store, and prints its id.'],
  usage: '[options] LIST [IMAGE...]',
  examples: ['manifest create mine:v1', 'manifest create mine:v1 mine:amd64 mine:arm64'],
  flags: {
    all: { kind: 'bool', help: 'Of lists that are added, every image' },
    amend: { kind: 'bool', shorthand: 'a', help: 'Go on with the list that has the name already' },
  },
  positional: atLeast(1),
  async run({ flags: { all, amend }, positional: [name = '', ...added], context: { output, runtime } }) {
    const { images } = await runtime();
    for (const image of added) await images.get(image.replace(/^containers-storage:/, '')); // before anything is made
    const lists = await images.lists();
    const id = await lists.create(name, { amend });
    for (const image of added) await lists.add(id, image, { all });
    output.line(id);
    return 0;
  },
});
