import { parseFilters } from '@tspod/core';
import type { Runtime } from 'tspod';
import { latestFlag } from './container-flags.ts';
import { type NamedContainer, namedContainers, newestContainer } from './containers.ts';
import type { FlagTable } from './grammar/flags.ts';
import type { PositionalRule } from './grammar/positional.ts';
import { UsageError } from './grammar/usage-error.ts';
import { readUserFile } from './user-file.ts';

/** Flags that choose containers beside their names. */
export const selectionFlags = {
  cidfile: { kind: 'stringArray', help: 'File to read the id of a container from' },
  filter: { kind: 'strings', shorthand: 'f', help: 'Those that fit: KEY=VALUE, as tspod ps has it' },
  latest: latestFlag,
} as const satisfies FlagTable;

/** `--time` of the commands that stop containers. */
export const patienceFlag = {
  kind: 'uint',
  shorthand: 't',
  help: 'Seconds before it is killed; without it the setting of the container counts',
} as const satisfies FlagTable[string];

/** What the user chose with `selectionFlags` and `--all`; a command may lack some of them. */
export interface Selection {
  readonly all: boolean;
  readonly latest: boolean;
  readonly cidfile?: readonly string[];
  readonly filter?: readonly string[];
  readonly names: readonly string[];
}

/** The names are checked by `selectedContainers`: whether there have to be some depends on several flags. */
export const anySelection: PositionalRule = { minimum: 0, maximum: Number.POSITIVE_INFINITY };

export interface SelectionRules {
  /** What `--all` stands for, as podman's filter on the status. Default: every container. */
  readonly statusOfAll?: readonly string[] | undefined;
  /** Complaints in place of the usual ones. */
  readonly noneGiven?: string | undefined;
  readonly namesWithAll?: string | undefined;
  /** A named container that is not there is no failure. Default: false. */
  readonly ignoreMissing?: boolean | undefined;
}

/**
 * The containers that the user chose. All names are looked up before anything is done to one.
 * @throws {UsageError} for what does not go together, or nothing at all; {NotFoundError} `no-such-container`.
 */
export async function selectedContainers(
  runtime: () => Promise<Runtime>,
  selection: Selection,
  rules: SelectionRules = {},
): Promise<NamedContainer[]> {
  const { all, latest, cidfile = [], filter = [], names } = selection;
  const { statusOfAll, ignoreMissing } = rules;
  checkTogether(selection, rules);
  const fromFiles = cidfile.map((path) => readUserFile(path, 'reading CIDFile').split('\n')[0] ?? '');
  const engine = await runtime();
  if (latest) return newestContainer(engine);
  if (!all && filter.length === 0) return namedContainers(engine, [...fromFiles, ...names], { ignoreMissing });
  const filters = parseFilters(filter, (text) => `invalid filter "${text}"`);
  const status = filters.status ?? (all ? statusOfAll : undefined);
  const listed = await engine.listContainers({ all: true, filters: status === undefined ? filters : { ...filters, status } });
  const ids = listed.map(({ id }) => id);
  return namedContainers(engine, ids, { ignoreMissing: true });
}

function checkTogether(
  { all, latest, cidfile = [], filter = [], names }: Selection,
  { noneGiven, namesWithAll }: SelectionRules,
): void {
  if (all && latest) throw new UsageError('--all and --latest cannot be used together');
  if (latest && names.length > 0) throw new UsageError('--latest and containers cannot be used together');
  if (all && names.length > 0) {
    throw new UsageError(namesWithAll ?? 'no arguments are needed with --all');
  }
  if (cidfile.length > 0 && (all || latest)) throw new UsageError('--all, --latest, and --cidfile cannot be used together');
  if (!all && !latest && cidfile.length + filter.length + names.length === 0) {
    throw new UsageError(noneGiven ?? 'you must provide at least one name or id');
  }
  if (filter.length > 0 && names.length > 0) throw new UsageError('--filter takes no arguments');
}
