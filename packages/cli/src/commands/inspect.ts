import { defineCommand } from '../grammar/command.ts';
import { atLeast } from '../grammar/positional.ts';
import { UsageError } from '../grammar/usage-error.ts';
import { inspectObjects, type ObjectKind } from '../inspect-objects.ts';
import { wantsJson } from '../only-json.ts';

const kinds: Readonly<Record<string, readonly ObjectKind[]>> = {
  all: ['container', 'image'],
  container: ['container'],
  image: ['image'],
};

export const command = defineCommand({
  description: [
    'Displays the low-level information on an object identified by name or ID. A name that a container and an image have is',
    'the container; use --type to select the image.',
  ],
  usage: '[options] {CONTAINER|IMAGE} [...]',
  examples: ['inspect fedora', 'inspect --type image fedora', 'inspect CtrID ImgID'],
  flags: {
    format: { kind: 'string', shorthand: 'f', default: 'json', help: 'Format of the output' },
    size: { kind: 'bool', shorthand: 's', help: 'Display total file size' },
    type: { kind: 'string', shorthand: 't', default: 'all', help: 'Specify inspect-object type: "container", "image" or "all"' },
  },
  positional: atLeast(1, 'no names or ids specified'),
  async run({ flags, positional, context }) {
    const wanted = Object.hasOwn(kinds, flags.type) ? kinds[flags.type] : undefined;
    if (wanted === undefined) throw new UsageError(`invalid type "${flags.type}": must be "image", "container", or "all"`);
    wantsJson(flags.format);
    return inspectObjects(positional, wanted, context, { size: flags.size });
  },
});
