import { type Container, InvalidArgumentError, shortId } from '@tspod/core';
import type { Runtime } from 'tspod';
import { everyContainer, type NamedContainer, namedContainers, newestContainer } from '../containers.ts';
import { forEach, raise } from '../for-each.ts';
import { defineCommand } from '../grammar/command.ts';
import { atLeast } from '../grammar/positional.ts';
import { UsageError } from '../grammar/usage-error.ts';

export const command = defineCommand({
  description: [
    "Mounts containers' root filesystems and prints where, or lists those that are mounted.",
    'Mounts are counted: a tree stays mounted until it was unmounted as often.',
  ],
  usage: '[options] [CONTAINER...]',
  examples: ['mount', 'mount web', 'mount --all', 'mount --format json'],
  flags: {
    all: { kind: 'bool', shorthand: 'a', help: 'Mount every container' },
    format: { kind: 'string', help: 'json, in place of a table' },
    latest: { kind: 'bool', shorthand: 'l', help: 'Mount the newest container' },
    'no-trunc': { kind: 'bool', aliases: ['notruncate'], help: 'Whole ids' },
  },
  positional: { ...atLeast(0), replacedBy: 'all' },
  async run({ flags, positional, context }) {
    const { output } = context;
    if (flags.format !== undefined && flags.format !== 'json') {
      throw new InvalidArgumentError(`unknown --format argument: "${flags.format}"`, { code: 'invalid-option' });
    }
    if (flags.latest && positional.length > 0) throw new UsageError('--latest and containers cannot be used together');
    const runtime = await context.runtime();
    const isListing = positional.length === 0 && !flags.all && !flags.latest;
    const targets = isListing ? await mountedContainers(runtime) : await chosen(runtime, flags, positional);
    const paths = new Map<Container, string>();
    const failures = await forEach(targets, output, async ({ container }) => {
      const path = isListing ? await container.mountPoint() : await container.mount();
      if (path !== undefined) paths.set(container, path);
      return isListing || flags.format === 'json' ? undefined : path;
    });
    const mounted = targets.flatMap(({ container }) => {
      const path = paths.get(container);
      return path === undefined ? [] : [{ container, path }];
    });
    if (flags.format === 'json') {
      const documents = mounted.map(({ container, path }) => ({ id: container.id, Names: [container.name], mountpoint: path }));
      output.json(documents, 1);
    } else if (isListing) {
      const idOf = (container: Container) => (flags['no-trunc'] ? container.id : shortId(container.id));
      output.text(mounted.map(({ container, path }) => `${idOf(container)}  ${path}\n`).join(''));
    }
    raise(failures, output);
    return 0;
  },
});

function chosen(
  runtime: Runtime,
  { all, latest }: { readonly all: boolean; readonly latest: boolean },
  names: readonly string[],
): Promise<NamedContainer[]> {
  if (all) return everyContainer(runtime, { all: true });
  return latest ? newestContainer(runtime) : namedContainers(runtime, names);
}

async function mountedContainers(runtime: Runtime): Promise<NamedContainer[]> {
  const mounted: NamedContainer[] = [];
  for (const named of await everyContainer(runtime, { all: true })) {
    if ((await named.container.mountPoint()) !== undefined) mounted.push(named);
  }
  return mounted;
}
