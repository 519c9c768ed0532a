import { defineCommand } from '../grammar/command.ts';
import { atLeast } from '../grammar/positional.ts';
import { inspectObjects } from '../inspect-objects.ts';
import { wantsJson } from '../only-json.ts';

export const command = defineCommand({
  description: ['Displays the low-level information on an image identified by name or ID.'],
  usage: '[options] IMAGE [IMAGE...]',
  examples: ['image inspect NAME'],
  flags: {
    format: { kind: 'string', shorthand: 'f', default: 'json', help: 'Format of the output' },
  },
  positional: atLeast(1, 'no names or ids specified'),
  async run({ flags, positional, context }) {
    wantsJson(flags.format);
    return inspectObjects(positional, ['image'], context);
  },
});
