import { defineCommand } from '../grammar/command.ts';
import { atLeast } from '../grammar/positional.ts';
import { inspectObjects } from '../inspect-objects.ts';
import { wantsJson } from '../only-json.ts';

export const command = defineCommand({
  description: ['Displays the low-level information on a container identified by name or ID.'],
  usage: '[options] CONTAINER [CONTAINER...]',
  examples: ['container inspect NAME'],
  flags: {
    format: { kind: 'string', shorthand: 'f', default: 'json', help: 'Format of the output' },
    size: { kind: 'bool', shorthand: 's', help: 'Display total file size' },
  },
  positional: atLeast(1, 'no names or ids specified'),
  async run({ flags, positional, context }) {
    wantsJson(flags.format);
    return inspectObjects(positional, ['container'], context, { size: flags.size });
  },
});
