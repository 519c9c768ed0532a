import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Context } from '../context.ts';
import { defineCommand } from '../grammar/command.ts';
import { noArguments } from '../grammar/positional.ts';
import { UsageError } from '../grammar/usage-error.ts';
import { ExitError } from '../reporter.ts';
import { SignalTrap } from '../session/signals.ts';
import { stdinIsTerminal } from '../session/terminal.ts';
import { transferProgress } from '../transfer-progress.ts';

export const command = defineCommand({
  description: ['Loads every image of an archive, as podman save and docker save write it, or of an image directory.'],
  usage: '[options]',
  examples: ['load --input image.tar', 'load < image.tar'],
  flags: {
    input: { kind: 'string', shorthand: 'i', help: 'Archive or directory to read in place of stdin' },
    quiet: { kind: 'bool', shorthand: 'q', help: 'Do not show how it goes on' },
  },
  positional: noArguments,
  async run({ flags, context }) {
    const { output } = context;
    if (flags.input === undefined && stdinIsTerminal()) {
      throw new UsageError('cannot read from terminal, use command-line redirection or the --input flag');
    }
    using trap = new SignalTrap();
    try {
      using archive = flags.input === undefined ? await fromStdin(context, trap.abortSignal) : undefined;
      const path = archive?.path ?? resolve(context.workingDirectory, flags.input ?? '');
      const loaded = await (await context.runtime()).images.load({
        path,
        signal: trap.abortSignal,
        ...transferProgress(output, flags.quiet),
      });
      for (const { id, names } of loaded) {
        for (const name of names.length > 0 ? names : [`sha256:${id}`]) output.line(`Loaded image: ${name}`);
      }
      return 0;
    } catch (error) {
      if (trap.interrupted !== undefined) throw new ExitError(trap.interrupted, new Error('interrupted, nothing was loaded'));
      throw error;
    }
  },
});

/** What was loaded is kept in a file, because archives are not read from front to back. */
async function fromStdin({ environment }: Context, signal: AbortSignal): Promise<Disposable & { readonly path: string }> {
  const directory = mkdtempSync(join(environment.TMPDIR ?? '/var/tmp', 'tspod-load-'));
  const path = join(directory, 'stdin.tar');
  const archive = { path, [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true }) };
  try {
    await pipeline(process.stdin, createWriteStream(path, { mode: 0o600 }), { signal });
    return archive;
  } catch (error) {
    archive[Symbol.dispose]();
    throw error;
  }
}
