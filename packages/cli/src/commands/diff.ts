import { EngineError, type FileChange, InvalidArgumentError } from '@tspod/core';
import { defineCommand } from '../grammar/command.ts';
import { atMost } from '../grammar/positional.ts';
import { UsageError } from '../grammar/usage-error.ts';

const letters = { added: 'A', changed: 'C', deleted: 'D' } as const;

export const command = defineCommand({
  description: ['Shows what a container has added (A), changed (C) and deleted (D) in its root filesystem.'],
  usage: '[options] CONTAINER',
  examples: ['diff web', 'diff --format json web', 'diff --latest'],
  flags: {
    format: { kind: 'string', help: 'json, in place of lines' },
    latest: { kind: 'bool', shorthand: 'l', help: 'The newest container' },
  },
  positional: atMost(1),
  async run({ flags, positional: [name], context }) {
    if ((name === undefined) !== flags.latest) {
      throw new UsageError('"tspod diff" requires a name, id, or the "--latest" flag');
    }
    if (flags.format !== undefined && flags.format !== '' && flags.format !== 'json') {
      throw new InvalidArgumentError("only supported value for '--format' is 'json'", { code: 'invalid-option' });
    }
    const runtime = await context.runtime();
    const container = name === undefined ? await runtime.latestContainer() : await runtime.container(name).catch(unknown(name));
    const changes = (await container?.diff()) ?? [];
    if (flags.format === 'json') context.output.json(grouped(changes), 5);
    else context.output.text(changes.map(({ kind, path }) => `${letters[kind]} ${path}\n`).join(''));
    return 0;
  },
});

function unknown(name: string) {
  return (error: unknown): never => {
    if (!EngineError.isInstance(error) || error.code !== 'no-such-container') throw error;
    throw new InvalidArgumentError(`${name} not found: container not known`, { code: 'no-such-container', cause: error });
  };
}

/** Kinds without a path are left out, as podman does. */
function grouped(changes: readonly FileChange[]): Readonly<Record<string, readonly string[]>> {
  const groups = (['changed', 'added', 'deleted'] as const).map(
    (kind) => [kind, changes.filter((change) => change.kind === kind).map(({ path }) => path)] as const,
  );
  return Object.fromEntries(groups.filter(([, paths]) => paths.length > 0));
}
