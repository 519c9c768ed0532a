import { changes, diffFlags, nameOrLatest } from '../diff.ts';
import { checkChangesFormat, printChanges } from '../file-changes.ts';
import { defineCommand } from '../grammar/command.ts';

export const command = defineCommand({
  description: [
    'Shows what a container has added (A), changed (C) and deleted (D) in its root filesystem.',
    'With a second name, what differs from that container.',
  ],
  usage: '[options] CONTAINER [CONTAINER]',
  examples: ['container diff web', 'container diff --format json web', 'container diff web other', 'container diff --latest'],
  flags: diffFlags,
  positional: nameOrLatest('container diff'),
  async run({ flags, positional, context }) {
    checkChangesFormat(flags.format);
    const found = await changes(await context.runtime(), positional, 'containers');
    printChanges(context.output, found, flags.format === 'json');
    return 0;
  },
});
