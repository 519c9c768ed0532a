import { defineCommand } from '../grammar/command.ts';
import { atLeast } from '../grammar/positional.ts';
import { entryChanges, entryFlags } from '../manifest-flags.ts';
import { registryFlags } from '../registry-flag-tables.ts';
import { registryAccess } from '../registry-flags.ts';

export const command = defineCommand({
  description: [
    'Adds images to a list of manifests, and prints its id.',
    'A name that begins with a registry is looked for there, then in this store, a short one the other way round;',
    'TRANSPORT:DETAILS names an image anywhere.',
  ],
  usage: '[options] LIST IMAGE [IMAGE...]',
  examples: [
    'manifest add mine:v1 mine:arm64',
    'manifest add --arch arm64 --variant v8 mine:v1 0e3bbc2',
    'manifest add --all mine:v1 docker://quay.io/podman/hello',
  ],
  flags: { all: { kind: 'bool', help: 'Of lists that are added, every image' }, ...entryFlags, ...registryFlags },
  positional: atLeast(2),
  async run({ flags, given, positional: [list = '', ...added], context }) {
    const lists = await (await context.runtime()).images.lists();
    const options = { ...entryChanges(flags), ...(await registryAccess(flags, given, context)), all: flags.all };
    let id = '';
    for (const image of added) id = await lists.add(list, image, options);
    context.output.line(id);
    return 0;
  },
});
