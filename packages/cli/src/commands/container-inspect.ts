import { latestFlag } from '../container-flags.ts';
import { defineCommand } from '../grammar/command.ts';
import { atLeast } from '../grammar/positional.ts';
import { inspectObjects } from '../inspect-objects.ts';

export const command = defineCommand({
  description: ['Prints a JSON list of everything known about containers.'],
  usage: '[options] CONTAINER [CONTAINER...]',
  examples: ['container inspect web'],
  flags: {
    format: { kind: 'string', shorthand: 'f', default: 'json', help: 'json, or a Go template for each of them' },
    latest: latestFlag,
    size: { kind: 'bool', shorthand: 's', help: 'Measure the root filesystem, too' },
  },
  positional: {
    ...atLeast(1, 'no names or ids specified'),
    replacedBy: 'latest',
    notWithReplacement: '--latest and arguments cannot be used together',
  },
  async run({ flags, positional, context }) {
    return inspectObjects(positional, ['container'], context, {
      latest: flags.latest,
      format: flags.format,
      size: flags.size,
    });
  },
});
