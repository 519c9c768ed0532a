import { changes, diffFlags, nameOrLatest } from '../diff.ts';
import { checkChangesFormat, printChanges } from '../file-changes.ts';
import { defineCommand } from '../grammar/command.ts';

export const command = defineCommand({
  description: [
    'Shows what a container has added (A), changed (C) and deleted (D) in its root filesystem, or what the top layer of an image has.',
    'With a second name, what differs from that container or image.',
  ],
  usage: '[options] {CONTAINER|IMAGE} [CONTAINER|IMAGE]',
  examples: ['diff web', 'diff --format json web', 'diff web web:v1', 'diff --latest'],
  flags: diffFlags,
  positional: nameOrLatest('diff'),
  async run({ flags, positional, context }) {
    checkChangesFormat(flags.format);
    const found = await changes(await context.runtime(), positional, 'containers and images');
    printChanges(context.output, found, flags.format === 'json');
    return 0;
  },
});
