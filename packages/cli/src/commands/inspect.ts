import { latestFlag } from '../container-flags.ts';
import { defineCommand } from '../grammar/command.ts';
import { atLeast } from '../grammar/positional.ts';
import { UsageError } from '../grammar/usage-error.ts';
import { inspectObjects, type ObjectKind } from '../inspect-objects.ts';

const kinds: Readonly<Record<string, readonly ObjectKind[]>> = {
  all: ['container', 'image', 'volume', 'network', 'pod'],
  container: ['container'],
  image: ['image'],
  network: ['network'],
  pod: ['pod'],
  volume: ['volume'],
};

export const command = defineCommand({
  description: [
    'Prints a JSON list of everything known about containers, images, volumes, networks and pods. Where several have the',
    'same name, the first of these kinds is shown, unless --type says otherwise.',
  ],
  usage: '[options] {CONTAINER|IMAGE|VOLUME|NETWORK|POD} [...]',
  examples: ['inspect web', 'inspect --format "{{.State.Status}}" web', 'inspect --type image busybox'],
  flags: {
    format: { kind: 'string', shorthand: 'f', default: 'json', help: 'json, or a Go template for each of them' },
    latest: latestFlag,
    size: { kind: 'bool', shorthand: 's', help: 'Measure the root filesystem, too' },
    type: {
      kind: 'string',
      shorthand: 't',
      default: 'all',
      help: 'What the names are of: container, image, volume, network, pod or all',
    },
  },
  positional: {
    ...atLeast(1, 'no names or ids specified'),
    replacedBy: 'latest',
    notWithReplacement: '--latest and arguments cannot be used together',
  },
  async run({ flags, positional, context }) {
    const wanted = Object.hasOwn(kinds, flags.type) ? kinds[flags.type] : undefined;
    if (wanted === undefined)
      throw new UsageError(`invalid type "${flags.type}": must be "image", "container", "pod", "network", "volume", or "all"`);
    if (flags.latest && !wanted.includes('container')) throw new UsageError(`latest is not supported for type "${flags.type}"`);
    return inspectObjects(positional, flags.latest ? ['container'] : wanted, context, {
      latest: flags.latest,
      format: flags.format,
      size: flags.size,
    });
  },
});
