import { resolve } from 'node:path';
import { type CheckpointCompression, type CheckpointOptions, type CheckpointReport, InvalidArgumentError } from '@tspod/core';
import { describeStatistics } from '../checkpoint-statistics.ts';
import { anySelection, selectedContainers, selectionFlags } from '../container-selection.ts';
import { forEach, raise } from '../for-each.ts';
import { defineCommand } from '../grammar/command.ts';
import type { FlagTable, FlagValues } from '../grammar/flags.ts';
import { SignalTrap } from '../session/signals.ts';

const flags = {
  all: { kind: 'bool', shorthand: 'a', help: 'Every container that runs' },
  compress: { kind: 'string', shorthand: 'c', default: 'zstd', help: 'How the archive is compressed: gzip, none, zstd' },
  'create-image': { kind: 'string', metavar: 'NAME', help: 'Make an image of the checkpoint' },
  export: { kind: 'string', shorthand: 'e', metavar: 'FILE', help: 'Write an archive that it can be restored from elsewhere' },
  'file-locks': { kind: 'bool', help: 'Also with locks on files' },
  'ignore-rootfs': { kind: 'bool', help: 'With --export, leave out what it changed about its root filesystem' },
  'ignore-volumes': { kind: 'bool', help: 'With --export, leave out what is in its volumes' },
  keep: { kind: 'bool', shorthand: 'k', help: 'Keep logs and other files that restoring it does not need' },
  latest: selectionFlags.latest,
  'leave-running': { kind: 'bool', shorthand: 'R', help: 'Let it run on' },
  'pre-checkpoint': { kind: 'bool', shorthand: 'P', help: 'Write only its memory, and let it run on' },
  'print-stats': { kind: 'bool', help: 'Print how long everything took' },
  'tcp-established': { kind: 'bool', help: 'Also with TCP connections that stand' },
  'with-previous': { kind: 'bool', help: 'Go on from what --pre-checkpoint wrote' },
} as const satisfies FlagTable;

const compressions: readonly CheckpointCompression[] = ['gzip', 'none', 'zstd'];

export const command = defineCommand({
  description: [
    'Writes everything about the processes of containers that run to files and ends them. They have exited then, and go on where they were',
    'when they are restored, here or, with --export, elsewhere. Needs CRIU and an OCI runtime that works with it, such as runc.',
  ],
  usage: '[options] CONTAINER [CONTAINER...]',
  examples: [
    'container checkpoint web',
    'container checkpoint --export web.tar.zst web',
    'container checkpoint --leave-running --latest',
  ],
  flags,
  positional: anySelection,
  async run({ flags, given, positional, context }) {
    const { output, workingDirectory } = context;
    const options = checkpointOptions(flags, given, workingDirectory);
    const begun = performance.now();
    const targets = await selectedContainers(context.runtime, { ...flags, names: positional }, { statusOfAll: ['running'] });
    if (targets.length > 1 && (options.export ?? options.createImage) !== undefined) {
      throw invalid('--export and --create-image take one container: each would replace the one before');
    }
    using trap = new SignalTrap();
    const reports: { readonly name: string; readonly report: CheckpointReport }[] = [];
    const failures = await forEach(targets, output, async ({ name, container }) => {
      const report = await container.checkpoint({ ...options, signal: trap.abortSignal });
      reports.push({ name, report });
      return flags['print-stats'] ? undefined : name;
    });
    if (flags['print-stats']) output.line(describeStatistics('checkpoint', performance.now() - begun, reports));
    raise(failures, output);
    return 0;
  },
});

/** @throws {InvalidArgumentError} for what does not go together. */
function checkpointOptions(values: FlagValues<typeof flags>, given: ReadonlySet<string>, directory: string): CheckpointOptions {
  const compression = compressions.find((one) => one === values.compress.toLowerCase());
  if (given.has('compress') && values.export === undefined) throw invalid('--compress can only be used with --export');
  if (compression === undefined) {
    throw invalid(
      `selected compression algorithm ("${values.compress}") not supported. Please select one from: gzip, none, zstd`,
    );
  }
  for (const flag of ['ignore-rootfs', 'ignore-volumes'] as const) {
    if (values[flag] && values.export === undefined) throw invalid(`--${flag} can only be used with --export`);
  }
  if (values['with-previous'] && values['pre-checkpoint']) throw invalid('--with-previous can not be used with --pre-checkpoint');
  return {
    export: values.export === undefined ? undefined : resolve(directory, values.export),
    compression,
    createImage: values['create-image'],
    ignoreRootfs: values['ignore-rootfs'],
    ignoreVolumes: values['ignore-volumes'],
    keep: values.keep,
    leaveRunning: values['leave-running'],
    tcpEstablished: values['tcp-established'],
    fileLocks: values['file-locks'],
    preCheckpoint: values['pre-checkpoint'],
    withPrevious: values['with-previous'],
  };
}

function invalid(message: string): InvalidArgumentError {
  return new InvalidArgumentError(message, { code: 'invalid-option' });
}
