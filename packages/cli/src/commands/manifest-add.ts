import { defineCommand } from '../grammar/command.ts';
import { atLeast } from '../grammar/positional.ts';
import { entryChanges, entryFlags } from '../manifest-flags.ts';

export const command = defineCommand({
  description: ['Adds images of this store to a list of manifests, and prints its id.'],
  usage: '[options] LIST IMAGE [IMAGE...]',
  examples: ['manifest add mine:v1 mine:arm64', 'manifest add --arch arm64 --variant v8 mine:v1 0e3bbc2'],
  flags: { all: { kind: 'bool', help: 'Of lists that are added, every image' }, ...entryFlags },
  positional: atLeast(2),
  async run({ flags, positional: [list = '', ...added], context: { output, runtime } }) {
    const lists = await (await runtime()).images.lists();
    const changes = entryChanges(flags);
    let id = '';
    for (const image of added) id = await lists.add(list, image, { ...changes, all: flags.all });
    output.line(id);
    return 0;
  },
});
