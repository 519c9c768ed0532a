import { defineCommand } from '../grammar/command.ts';
import { atLeast } from '../grammar/positional.ts';
import { UsageError } from '../grammar/usage-error.ts';
import { inspectObjects, type ObjectKind } from '../inspect-objects.ts';

const kinds: Readonly<Record<string, readonly ObjectKind[]>> = {
  all: ['container', 'image'],
  container: ['container'],
  image: ['image'],
};

export const command = defineCommand({
  description: [
    'Prints a JSON list of everything known about containers and images. Where a container and an image have the same name',
    'the container is shown, unless --type says otherwise.',
  ],
  usage: '[options] {CONTAINER|IMAGE} [...]',
  examples: ['inspect web', 'inspect --format "{{.State.Status}}" web', 'inspect --type image busybox'],
  flags: {
    format: { kind: 'string', shorthand: 'f', default: 'json', help: 'json, or a Go template for each of them' },
    size: { kind: 'bool', shorthand: 's', help: 'Measure the root filesystem, too' },
    type: { kind: 'string', shorthand: 't', default: 'all', help: 'What the names are of: container, image or all' },
  },
  positional: atLeast(1, 'no names or ids specified'),
  async run({ flags, positional, context }) {
    const wanted = Object.hasOwn(kinds, flags.type) ? kinds[flags.type] : undefined;
    if (wanted === undefined) throw new UsageError(`invalid type "${flags.type}": must be "image", "container", or "all"`);
    return inspectObjects(positional, wanted, context, { format: flags.format, size: flags.size });
  },
});
