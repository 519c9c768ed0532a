import { EngineError, type ExternalContainer, engineFailure } from '@tspod/core';
import type { Runtime } from 'tspod';
import { anySelection, patienceFlag, selectedContainers, selectionFlags } from '../container-selection.ts';
import { isMissing, namedContainers } from '../containers.ts';
import { raise } from '../for-each.ts';
import { defineCommand } from '../grammar/command.ts';
import { UsageError } from '../grammar/usage-error.ts';
import { ExitError } from '../reporter.ts';

const missing = 1;
const running = 2;

export const command = defineCommand({
  description: ['Removes containers with everything that they wrote. One that runs is only removed by force. Images stay.'],
  usage: '[options] CONTAINER [CONTAINER...]',
  examples: ['rm web', 'rm --force web 860a4b23', 'rm --force --all'],
  flags: {
    cidfile: selectionFlags.cidfile,
    filter: { kind: 'strings', help: selectionFlags.filter.help },
    latest: selectionFlags.latest,
    all: { kind: 'bool', shorthand: 'a', help: 'Remove every container' },
    depend: { kind: 'bool', help: 'Those that depend on it, too' },
    force: { kind: 'bool', shorthand: 'f', help: 'Stop it first if it runs; one that is not there is no failure' },
    ignore: { kind: 'bool', shorthand: 'i', help: 'A container that is not there is no failure' },
    time: patienceFlag,
    volumes: { kind: 'bool', shorthand: 'v', help: 'With the volumes that were made for it without a name' },
  },
  positional: anySelection,
  async run({ flags, positional, context }) {
    if (flags.time !== undefined && !flags.force)
      throw new UsageError('--force option must be specified to use the --time option');
    const { output } = context;
    const ignoreMissing = flags.ignore || flags.force;
    try {
      const foreign = await foreignContainers(context.runtime, positional);
      const own = positional.filter((name) => !foreign.has(name));
      const isAllForeign = own.length === 0 && positional.length > 0;
      const targets = isAllForeign ? [] : await selectedContainers(context.runtime, { ...flags, names: own }, { ignoreMissing });
      const names = new Map(targets.map(({ name, container }) => [container.id, name]));
      const everything = flags.all && flags.filter.length === 0;
      const outcomes = await (await context.runtime()).removeContainers(
        everything ? 'all' : targets.map(({ container }) => container),
        { force: flags.force, timeout: flags.time, dependents: flags.depend, volumes: flags.volumes || undefined },
      );
      for (const { id, failure } of outcomes)
        if (failure === undefined) output.line((flags.depend ? undefined : names.get(id)) ?? id);
      const failures: unknown[] = outcomes.flatMap(({ failure }) => (failure === undefined ? [] : [failure]));
      for (const [name, container] of foreign) {
        try {
          await (await context.runtime()).removeExternalContainer(container, { force: flags.force });
          output.line(name);
        } catch (error) {
          failures.push(error);
        }
      }
      raise(failures, output);
      return 0;
    } catch (error) {
      throw new ExitError(exitCodeOf(error), error);
    }
  },
});

/** Of these names, those of containers that only other programs know; as podman, `rm` takes these too. */
async function foreignContainers(
  open: () => Promise<Runtime>,
  names: readonly string[],
): Promise<ReadonlyMap<string, ExternalContainer>> {
  const runtime = await open();
  const known = await namedContainers(runtime, names, { ignoreMissing: true });
  const unknown = names.filter((name) => !known.some((one) => one.name === name));
  if (unknown.length === 0) return new Map();
  const external = await runtime.listExternalContainers();
  return new Map(
    unknown.flatMap((name) => {
      const begun = external.filter(({ id }) => name !== '' && id.startsWith(name));
      const found = external.find(({ names }) => names.includes(name)) ?? (begun.length === 1 ? begun[0] : undefined);
      return found === undefined ? [] : [[name, found]];
    }),
  );
}

function exitCodeOf(error: unknown): number {
  if (isMissing(error)) return missing;
  return EngineError.isInstance(error) && error.kind === 'invalid-state' ? running : engineFailure;
}
