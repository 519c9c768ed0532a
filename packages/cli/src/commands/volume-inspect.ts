import { defineCommand } from '../grammar/command.ts';
import { namesOrAll } from '../grammar/positional.ts';
import { inspectObjects } from '../inspect-objects.ts';

const complaint = 'provide one or more volume names or use --all';

export const command = defineCommand({
  description: ['Shows everything about volumes, as JSON or by a template.'],
  usage: '[options] VOLUME [VOLUME...]',
  examples: ['volume inspect data', 'volume inspect --format "{{.Mountpoint}}" data', 'volume inspect --all'],
  flags: {
    all: { kind: 'bool', shorthand: 'a', help: 'Every volume' },
    format: { kind: 'string', shorthand: 'f', help: 'json or a Go template, in place of JSON' },
  },
  positional: { ...namesOrAll(complaint), notWithReplacement: complaint },
  async run({ flags, positional, context }) {
    const names = flags.all ? (await (await context.runtime()).volumes.list()).map(({ name }) => name) : positional;
    return inspectObjects(names, ['volume'], context, { format: flags.format });
  },
});
