import { type DiskUsage, InvalidArgumentError, parseFilters } from '@tspod/core';
import { raise } from '../for-each.ts';
import { compactSize } from '../format/text.ts';
import { defineCommand } from '../grammar/command.ts';
import { noArguments } from '../grammar/positional.ts';
import { imageFilter } from '../image-filters.ts';
import type { Output } from '../output.ts';
import { askPermission } from '../permission.ts';

export const command = defineCommand({
  description: [
    'Removes containers and pods that do not run, networks and images without a name that nothing uses, and, when they are asked for,',
    'all images and volumes that nothing uses.',
  ],
  usage: '[options]',
  examples: ['system prune', 'system prune --all --volumes --force', 'system prune --filter until=24h'],
  flags: {
    all: { kind: 'bool', shorthand: 'a', help: 'Images that have names, too, when no container uses them' },
    filter: { kind: 'stringArray', metavar: 'KEY=VALUE', help: 'Only what fits: label, label!, until' },
    force: { kind: 'bool', shorthand: 'f', help: 'Do not ask first' },
    volumes: { kind: 'bool', help: 'Volumes that no container uses, too' },
  },
  positional: noArguments,
  async run({ flags, context: { output, runtime } }) {
    const filters = parseFilters(flags.filter);
    for (const key of Object.keys(filters)) {
      if (!filterKeys.includes(key)) throw new InvalidArgumentError(`${key} is an invalid filter`, { code: 'invalid-filter' });
    }
    if (!flags.force && !askPermission(consequences(flags), output)) return 0;
    const engine = await runtime();
    const select = await imageFilter(flags.filter, engine);
    const before = await engine.diskUsage();
    const failures: unknown[] = [];
    const succeeded = <One extends { readonly failure?: unknown }>(outcomes: readonly One[]): One[] => {
      failures.push(...outcomes.flatMap(({ failure }) => (failure === undefined ? [] : [failure])));
      return outcomes.filter(({ failure }) => failure === undefined);
    };
    // a pod has no labels of its containers and no filter: only all that stopped can be meant
    const pods = flags.filter.length === 0 ? succeeded(await engine.prunePods()).map(({ id }) => id) : [];
    const containers = succeeded(await engine.pruneContainers({ filters })).map(({ id }) => id);
    const volumes = flags.volumes ? succeeded(await engine.volumes.prune({ filters })).map(({ name }) => name) : [];
    const networks = succeeded(await engine.networks.prune({ filters })).map(({ name }) => name);
    const images = await engine.images.prune({ all: flags.all, select });
    list('Pods', pods, output);
    list('Containers', containers, output);
    list('Volumes', volumes, output);
    list('Images', images, output);
    list('Networks', networks, output);
    output.line(`Total reclaimed space: ${compactSize(freed(before, [...containers, ...volumes, ...images]), 4)}`);
    raise(failures, output);
    return 0;
  },
});

const filterKeys = ['label', 'label!', 'until'];

function consequences({ all, volumes }: { readonly all: boolean; readonly volumes: boolean }): string {
  const what = [
    'all stopped containers and pods',
    'all networks not used by at least one container',
    ...(volumes ? ['all volumes not used by at least one container'] : []),
    all ? 'all images without at least one container associated with them' : 'all dangling images',
  ];
  return `This command removes:\n${what.map((one) => `\t- ${one}\n`).join('')}`;
}

function list(title: string, names: readonly string[], output: Output): void {
  if (names.length > 0) output.text(`Deleted ${title}\n${names.map((name) => `${name}\n`).join('')}`);
}

/** Bytes that these took: containers, images and volumes by their ids and names. */
function freed({ containers, volumes, images }: DiskUsage, removed: readonly string[]): number {
  const gone = new Set(removed);
  const sizes = [
    ...containers.map(({ container, size }) => ({ name: container.id, size })),
    ...volumes.map(({ name, size }) => ({ name, size })),
    ...images.map(({ image, unique }) => ({ name: image.id, size: unique })),
  ];
  return sizes.reduce((sum, { name, size }) => (gone.has(name) ? sum + size : sum), 0);
}
