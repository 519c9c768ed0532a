import { createInterface } from 'node:readline/promises';
import { defineCommand } from '../grammar/command.ts';
import { noArguments } from '../grammar/positional.ts';
import { imageFilter } from '../image-filters.ts';

export const command = defineCommand({
  description: [
    'Removes images without a name that nothing uses, and prints their ids; with --all, every image that no container uses.',
  ],
  usage: '[options]',
  examples: ['image prune', 'image prune --all --force --filter until=24h'],
  flags: {
    all: { kind: 'bool', shorthand: 'a', help: 'Those with names, too, when no container uses them' },
    external: { kind: 'bool', help: 'Those that only containers of other programs use, too, and these containers' },
    filter: {
      kind: 'stringArray',
      help: 'Only those that it fits: label=KEY[=VALUE], label!=…, until=TIME and others of images',
    },
    force: { kind: 'bool', shorthand: 'f', help: 'Do not ask' },
  },
  positional: noArguments,
  async run({ flags, context: { output, runtime: open } }) {
    const runtime = await open();
    const select = await imageFilter(flags.filter, runtime);
    if (!flags.force && !(await isSure(flags.all))) return 0;
    for (const id of await runtime.images.prune({ all: flags.all, external: flags.external, select })) output.line(id);
    return 0;
  },
});

async function isSure(all: boolean): Promise<boolean> {
  const which = all ? 'all images without at least one container associated with them' : 'all dangling images';
  const dialogue = createInterface({ input: process.stdin, output: process.stdout });
  try {
    process.stdout.write(`WARNING! This command removes ${which}.\nAre you sure you want to continue? [y/N] `);
    for await (const line of dialogue) return /^y/i.test(line);
    return false;
  } finally {
    dialogue.close();
  }
}
