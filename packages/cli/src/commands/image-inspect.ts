import { defineCommand } from '../grammar/command.ts';
import { atLeast } from '../grammar/positional.ts';
import { inspectObjects } from '../inspect-objects.ts';

export const command = defineCommand({
  description: ['Prints a JSON list of everything known about images.'],
  usage: '[options] IMAGE [IMAGE...]',
  examples: ['image inspect busybox'],
  flags: {
    format: { kind: 'string', shorthand: 'f', default: 'json', help: 'json, or a Go template for each of them' },
  },
  positional: atLeast(1, 'no names or ids specified'),
  async run({ flags, positional, context }) {
    return inspectObjects(positional, ['image'], context, { format: flags.format });
  },
});
