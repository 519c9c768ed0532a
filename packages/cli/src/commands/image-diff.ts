import { changes, diffFlags } from '../diff.ts';
import { checkChangesFormat, printChanges } from '../file-changes.ts';
import { defineCommand } from '../grammar/command.ts';

export const command = defineCommand({
  description: [
    "Shows what an image's top layer adds (A), changes (C) and deletes (D).",
    'With a second name, what differs from that image.',
  ],
  usage: '[options] IMAGE [IMAGE]',
  examples: ['image diff web:v1', 'image diff --format json web:v1', 'image diff web:v2 web:v1'],
  flags: { format: diffFlags.format },
  positional: { minimum: 1, maximum: 2 },
  async run({ flags, positional, context }) {
    checkChangesFormat(flags.format);
    const found = await changes(await context.runtime(), positional, 'images');
    printChanges(context.output, found, flags.format === 'json');
    return 0;
  },
});
