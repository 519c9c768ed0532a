import { resolve } from 'node:path';
import {
  type CheckpointReport,
  type Container,
  InvalidArgumentError,
  NotFoundError,
  parsePort,
  type RestoreFromOptions,
  type RestoreOptions,
} from '@tspod/core';
import type { Runtime } from 'tspod';
import { describeStatistics } from '../checkpoint-statistics.ts';
import { anySelection, selectionFlags } from '../container-selection.ts';
import { everyContainer } from '../containers.ts';
import { forEach, raise } from '../for-each.ts';
import { defineCommand } from '../grammar/command.ts';
import type { FlagTable, FlagValues } from '../grammar/flags.ts';
import { UsageError } from '../grammar/usage-error.ts';

const flags = {
  all: { kind: 'bool', shorthand: 'a', help: 'Every container that has a checkpoint' },
  'file-locks': { kind: 'bool', help: 'Also with locks on files' },
  'ignore-rootfs': { kind: 'bool', help: 'Leave the root filesystem as the image has it' },
  'ignore-static-ip': { kind: 'bool', help: 'Take free addresses in place of those that it was made with' },
  'ignore-static-mac': { kind: 'bool', help: 'Likewise with hardware addresses' },
  'ignore-volumes': { kind: 'bool', help: 'Leave out what the checkpoint has of volumes' },
  import: { kind: 'string', shorthand: 'i', metavar: 'FILE', help: 'Restore a new container from an archive' },
  'import-previous': { kind: 'string', metavar: 'FILE', help: 'Archive of the --pre-checkpoint that it goes on from' },
  keep: { kind: 'bool', shorthand: 'k', help: 'Keep the checkpoint' },
  latest: selectionFlags.latest,
  name: { kind: 'string', shorthand: 'n', help: 'Name of the new container; without it name and id are those of the first' },
  pod: { kind: 'string', metavar: 'POD', help: 'Pod that the new container joins' },
  'print-stats': { kind: 'bool', help: 'Print how long everything took' },
  publish: {
    kind: 'strings',
    shorthand: 'p',
    metavar: 'PORT',
    help: 'Publish these ports of the new container, as tspod run has it',
  },
  'tcp-established': { kind: 'bool', help: 'Also with TCP connections that stand' },
} as const satisfies FlagTable;

type Flags = FlagValues<typeof flags>;

/** Flags that only a new container has a use for. */
const forNew = ['import-previous', 'ignore-rootfs', 'ignore-volumes', 'name', 'pod'] as const;

/** One that is restored: where it is, or from what it is made. */
type Target = { readonly name: string } & ({ readonly container: Container } | { readonly from: RestoreFromOptions['from'] });

export const command = defineCommand({
  description: [
    'Brings containers back from their checkpoints, and their processes go on where they were. A checkpoint that was exported, or that an',
    'image was made of, becomes a new container.',
  ],
  usage: '[options] CONTAINER|IMAGE [CONTAINER|IMAGE...]',
  examples: ['container restore web', 'container restore --import web.tar.zst --name web-2', 'container restore --all'],
  flags,
  positional: anySelection,
  async run({ flags, positional, context }) {
    const { output, workingDirectory } = context;
    checkTogether(flags, positional);
    const begun = performance.now();
    const runtime = await context.runtime();
    const targets = await targetsOf(runtime, flags, positional, workingDirectory);
    checkNew(flags, targets);
    const reports: { readonly name: string; readonly report: CheckpointReport }[] = [];
    const failures = await forEach(targets, output, async (target) => {
      const { name, report } = await restore(runtime, target, flags, workingDirectory);
      reports.push({ name, report });
      return flags['print-stats'] ? undefined : name;
    });
    if (flags['print-stats']) output.line(describeStatistics('restore', performance.now() - begun, reports));
    raise(failures, output);
    return 0;
  },
});

async function restore(
  runtime: Runtime,
  target: Target,
  flags: Flags,
  directory: string,
): Promise<{ readonly name: string; readonly report: CheckpointReport }> {
  const options: RestoreOptions = {
    keep: flags.keep,
    tcpEstablished: flags['tcp-established'],
    fileLocks: flags['file-locks'],
    ignoreStaticIp: flags['ignore-static-ip'],
    ignoreStaticMac: flags['ignore-static-mac'],
  };
  if ('container' in target) return { name: target.name, report: await target.container.restore(options) };
  const previous = flags['import-previous'];
  const { container, report } = await runtime.restoreContainer({
    ...{ ...options, from: target.from, name: flags.name, pod: flags.pod },
    previous: previous === undefined ? undefined : resolve(directory, previous),
    ports: flags.publish.length > 0 ? flags.publish.flatMap(parsePort) : undefined,
    ignoreRootfs: flags['ignore-rootfs'],
    ignoreVolumes: flags['ignore-volumes'],
  });
  return { name: container.id, report };
}

function checkTogether({ all, latest, import: archive }: Flags, names: readonly string[]): void {
  if (archive !== undefined && (all || latest)) throw new UsageError('cannot use --import with --all or --latest');
  if (archive !== undefined && names.length > 0) throw new UsageError('cannot use --import with positional arguments');
  if (all && latest) throw new UsageError('--all and --latest cannot be used together');
  if (all && names.length > 0) throw new UsageError('no arguments are needed with --all');
  if (latest && names.length > 0) throw new UsageError('--all or --latest and containers cannot be used together');
  if (archive === undefined && !all && !latest && names.length === 0) {
    throw new UsageError('you must provide at least one name or id');
  }
}

function checkNew(flags: Flags, targets: readonly Target[]): void {
  const isNew = targets.length > 0 && targets.every((target) => 'from' in target);
  const misplaced = forNew.find((flag) => flags[flag] !== undefined && flags[flag] !== false);
  if (!isNew && misplaced !== undefined) throw invalid(`--${misplaced} can only be used with image or --import`);
  if (!isNew && flags.publish.length > 0) throw invalid('--publish can only be used with image or --import');
  if (flags.name === undefined) return;
  if (flags['tcp-established']) throw invalid('--tcp-established cannot be used with --name');
  if (targets.length > 1) throw invalid('--name can only be used with one checkpoint image');
}

async function targetsOf(runtime: Runtime, flags: Flags, names: readonly string[], directory: string): Promise<Target[]> {
  if (flags.import !== undefined) return [{ name: flags.import, from: { archive: resolve(directory, flags.import) } }];
  if (flags.latest) {
    const container = await runtime.latestContainer();
    return [{ name: container.id, container }];
  }
  if (flags.all) return checkpointed(runtime);
  const targets: Target[] = [];
  for (const name of names) targets.push(await targetNamed(runtime, name));
  return targets;
}

async function targetNamed(runtime: Runtime, name: string): Promise<Target> {
  if (await runtime.hasContainer(name)) return { name, container: await runtime.container(name) };
  if (await runtime.images.exists(name)) return { name, from: { image: name } };
  throw new NotFoundError(`no such container or image: ${name}`, { code: 'no-such-container' });
}

async function checkpointed(runtime: Runtime): Promise<Target[]> {
  const targets: Target[] = [];
  for (const target of await everyContainer(runtime, { all: true })) {
    const { State } = await target.container.inspect();
    if ('Checkpointed' in State && State.Checkpointed) targets.push(target);
  }
  return targets;
}

function invalid(message: string): InvalidArgumentError {
  return new InvalidArgumentError(message, { code: 'invalid-option' });
}
