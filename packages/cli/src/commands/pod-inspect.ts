import { defineCommand } from '../grammar/command.ts';
import { UsageError } from '../grammar/usage-error.ts';
import { inspectObjects } from '../inspect-objects.ts';
import { anyPods } from '../pods.ts';

export const command = defineCommand({
  description: ['Prints everything known about pods: a JSON object for one, one after the other for several.'],
  usage: '[options] POD [POD...]',
  examples: ['pod inspect web', 'pod inspect --format "{{.State}}" web'],
  flags: {
    format: { kind: 'string', shorthand: 'f', default: 'json', help: 'json, or a Go template for each of them' },
    latest: { kind: 'bool', shorthand: 'l', help: 'The pod that was made last' },
  },
  positional: anyPods,
  async run({ flags, positional, context }) {
    if (positional.length === 0 && !flags.latest) throw new UsageError('no names or ids specified');
    if (positional.length > 0 && flags.latest) throw new UsageError('--latest and arguments cannot be used together');
    return inspectObjects(positional, ['pod'], context, { format: flags.format, latest: flags.latest, separately: true });
  },
});
