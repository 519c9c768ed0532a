import { defineCommand } from '../grammar/command.ts';
import { atLeast } from '../grammar/positional.ts';
import { inspectObjects } from '../inspect-objects.ts';
import { wantsJson } from '../only-json.ts';

export const command = defineCommand({
  description: ['Prints a JSON list of everything known about containers.'],
  usage: '[options] CONTAINER [CONTAINER...]',
  examples: ['container inspect web'],
  flags: {
    format: { kind: 'string', shorthand: 'f', default: 'json', help: 'Only json in this version' },
    size: { kind: 'bool', shorthand: 's', help: 'Measure the root filesystem, too' },
  },
  positional: atLeast(1, 'no names or ids specified'),
  async run({ flags, positional, context }) {
    wantsJson(flags.format);
    return inspectObjects(positional, ['container'], context, { size: flags.size });
  },
});
