import { EngineError, type Pod, PodFailedError } from '@tspod/core';
import type { Runtime } from 'tspod';
import type { Context } from './context.ts';
import { forEach, raise } from './for-each.ts';
import type { FlagTable } from './grammar/flags.ts';
import type { PositionalRule } from './grammar/positional.ts';
import { UsageError } from './grammar/usage-error.ts';
import { readUserFile } from './user-file.ts';

/** Flags that choose pods beside their names. */
export const podSelectionFlags = {
  all: { kind: 'bool', shorthand: 'a', help: 'Every pod' },
  latest: { kind: 'bool', shorthand: 'l', help: 'The pod that was made last' },
} as const satisfies FlagTable;

/** The same by a file that `pod create --pod-id-file` wrote. */
export const podIdFileFlag = {
  kind: 'stringArray',
  help: 'File to read the id of a pod from',
} as const satisfies FlagTable[string];

/** The names are checked by `selectedPods`: whether there have to be some depends on several flags. */
export const anyPods: PositionalRule = { minimum: 0, maximum: Number.POSITIVE_INFINITY };

/** What the user chose with `podSelectionFlags`; a command may lack some of them. */
export interface PodSelection {
  readonly all: boolean;
  readonly latest: boolean;
  readonly 'pod-id-file'?: readonly string[];
}

/**
 * The pods that the user chose. All are looked up before anything is done to one.
 * @throws {UsageError} for what does not go together, or nothing at all; {NotFoundError} `no-such-pod` unless `ignoreMissing`.
 */
export async function selectedPods(
  runtime: () => Promise<Runtime>,
  selection: PodSelection,
  names: readonly string[],
  { ignoreMissing = false }: { readonly ignoreMissing?: boolean } = {},
): Promise<Pod[]> {
  const { all, latest, 'pod-id-file': files = [] } = selection;
  checkTogether(selection, names);
  const wanted = [...files.map((path) => readUserFile(path, 'reading pod ID file').split('\n')[0] ?? ''), ...names];
  const engine = await runtime();
  if (all) return engine.listPods();
  if (latest) return [await engine.latestPod()];
  const found: Pod[] = [];
  for (const name of wanted) {
    try {
      found.push(await engine.pod(name));
    } catch (error) {
      if (!ignoreMissing || !isMissingPod(error)) throw error;
    }
  }
  return found;
}

function checkTogether({ all, latest, 'pod-id-file': files }: PodSelection, names: readonly string[]): void {
  const byFile = files !== undefined && files.length > 0;
  if (byFile && (all || latest)) throw new UsageError('--all, --latest, and --pod-id-file cannot be used together');
  if (all && latest) throw new UsageError('--all and --latest cannot be used together');
  if (all && names.length > 0) throw new UsageError('no arguments are needed with --all');
  if (latest && names.length > 0) throw new UsageError('--latest and containers cannot be used together');
  if (byFile && names.length > 0) throw new UsageError('no arguments are needed with --latest or --pod-id-file');
  if (!all && !latest && !byFile && names.length === 0) throw new UsageError('you must provide at least one name or id');
}

/** What a command that works on pods was called with. */
interface PodInvocation {
  readonly flags: PodSelection;
  readonly positional: readonly string[];
  readonly context: Pick<Context, 'runtime' | 'output'>;
}

/**
 * Does the same to each pod that the user chose, as `forEach` does, and answers the exit code. What went wrong with several containers of a
 * pod is several failures.
 *
 * @param act answers `unprinted` for a pod whose id is not to be printed.
 */
export async function onSelectedPods(
  { flags, positional, context: { runtime, output } }: PodInvocation,
  act: (pod: Pod) => Promise<unknown>,
  options?: { readonly ignoreMissing?: boolean },
): Promise<number> {
  const pods = await selectedPods(runtime, flags, positional, options);
  const failures = await forEach(pods, output, async (pod) => ((await act(pod)) === 'unprinted' ? undefined : pod.id));
  raise(
    failures.flatMap((failure) => (failure instanceof PodFailedError ? failure.texts.map((text) => new Error(text)) : [failure])),
    output,
  );
  return 0;
}

/** There is no such pod, or no longer. */
export function isMissingPod(error: unknown): boolean {
  return EngineError.isInstance(error) && error.code === 'no-such-pod';
}
