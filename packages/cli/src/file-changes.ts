import { type FileChange, InvalidArgumentError } from '@tspod/core';
import type { Output } from './output.ts';

const letters = { added: 'A', changed: 'C', deleted: 'D' } as const;

export function checkChangesFormat(format: string | undefined): void {
  if (format === undefined || format === '' || format === 'json') return;
  throw new InvalidArgumentError("only supported value for '--format' is 'json'", { code: 'invalid-option' });
}

/** Prints changes as podman's `diff` does. */
export function printChanges(output: Output, changes: readonly FileChange[], asJson: boolean): void {
  if (asJson) output.json(grouped(changes), 5);
  else output.text(changes.map(({ kind, path }) => `${letters[kind]} ${path}\n`).join(''));
}

/** Kinds without a path are left out, as podman does. */
function grouped(changes: readonly FileChange[]): Readonly<Record<string, readonly string[]>> {
  const groups = (['changed', 'added', 'deleted'] as const).map(
    (kind) => [kind, changes.filter((change) => change.kind === kind).map(({ path }) => path)] as const,
  );
  return Object.fromEntries(groups.filter(([, paths]) => paths.length > 0));
}
