import { defineCommand } from '../grammar/command.ts';
import { exactly } from '../grammar/positional.ts';
import { entryChanges, entryFlags } from '../manifest-flags.ts';

export const command = defineCommand({
  description: ['Changes what a list of manifests says of one of its images, and prints the id of the list.'],
  usage: '[options] LIST DIGEST',
  examples: ['manifest annotate --arch arm64 mine:v1 sha256:4ec8…'],
  flags: { ...entryFlags, 'os-features': { kind: 'strings', help: 'Features of the operating system' } },
  positional: exactly(2),
  async run({ flags, positional: [list = '', digest = ''], context: { output, runtime } }) {
    const lists = await (await runtime()).images.lists();
    output.line(await lists.annotate(list, digest, { ...entryChanges(flags), osFeatures: flags['os-features'] }));
    return 0;
  },
});
