import { defineCommand } from '../grammar/command.ts';
import { atLeast } from '../grammar/positional.ts';
import { tlsFlags } from '../registry-flag-tables.ts';

export const command = defineCommand({
  description: ['Makes a list of manifests, and prints its id. Images are named as in `manifest add`.'],
  usage: '[options] LIST [IMAGE...]',
  examples: ['manifest create mine:v1', 'manifest create mine:v1 mine:amd64 mine:arm64'],
  flags: {
    all: { kind: 'bool', help: 'Of lists that are added, every image' },
    amend: { kind: 'bool', shorthand: 'a', help: 'Go on with the list that has the name already' },
    'tls-verify': tlsFlags['tls-verify'],
  },
  positional: atLeast(1),
  async run({ flags, given, positional: [name = '', ...added], context: { output, runtime } }) {
    const { images } = await runtime();
    const lists = await images.lists();
    const tlsVerify = given.has('tls-verify') ? flags['tls-verify'] : undefined;
    output.line(await lists.create(name, { amend: flags.amend, images: added, all: flags.all, tlsVerify }));
    return 0;
  },
});
