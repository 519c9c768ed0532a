import { defineCommand } from '../grammar/command.ts';
import { atLeast } from '../grammar/positional.ts';
import { inspectObjects } from '../inspect-objects.ts';

export const command = defineCommand({
  description: ['Shows everything about networks, as JSON or by a template.'],
  usage: '[options] NETWORK [NETWORK...]',
  examples: ['network inspect podman', 'network inspect --format "{{range .Subnets}}{{.Subnet}} {{end}}" web'],
  flags: { format: { kind: 'string', shorthand: 'f', help: 'json or a Go template, in place of JSON' } },
  positional: atLeast(1),
  run: ({ flags, positional, context }) => inspectObjects(positional, ['network'], context, { format: flags.format }),
});
