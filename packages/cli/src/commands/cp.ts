import { resolve } from 'node:path';
import { isatty } from 'node:tty';
import { type CopyOptions, type CopySide, InvalidArgumentError } from '@tspod/core';
import type { Runtime } from 'tspod';
import { isMissing } from '../containers.ts';
import type { Context } from '../context.ts';
import { defineCommand } from '../grammar/command.ts';
import { exactly } from '../grammar/positional.ts';
import { ExitError } from '../reporter.ts';
import { SignalTrap } from '../session/signals.ts';

export const command = defineCommand({
  description: [
    'Copies files between containers and the host, or from one container to another.',
    'With - as one of them, a tar archive is read from stdin or written to stdout. The content of a directory is DIRECTORY/.',
  ],
  usage: '[options] [CONTAINER:]SRC_PATH [CONTAINER:]DEST_PATH',
  examples: ['cp web:/etc/hosts .', 'cp site/. web:/srv', 'cp web:/srv - > srv.tar', 'cp one:/data two:/data'],
  flags: {
    archive: {
      kind: 'bool',
      shorthand: 'a',
      default: true,
      help: "Give what is copied into a container to the container's user",
    },
    pause: { kind: 'bool', hidden: true, help: 'Without effect: nothing of a container has to stand still for it' },
    overwrite: { kind: 'bool', help: 'Replace directories by files and files by directories' },
  },
  positional: exactly(2),
  async run({ flags, positional: [source = '', target = ''], context }) {
    const from = parse(source);
    const to = parse(target);
    if (from.path === '' || to.path === '') {
      throw new InvalidArgumentError(`invalid arguments "${source}", "${target}": you must specify paths`, {
        code: 'invalid-path',
      });
    }
    if ([from, to].every(({ container }) => container === undefined) || from.container === '' || to.container === '') {
      throw new InvalidArgumentError('name or ID cannot be empty', {
        code: 'no-container',
        hint: 'name a container on one side, as in CONTAINER:PATH',
      });
    }
    using trap = new SignalTrap();
    const options: CopyOptions = { keepOwners: !flags.archive, overwrite: flags.overwrite, signal: trap.abortSignal };
    const runtime = await context.runtime();
    try {
      await runtime.copy(await sourceOf(runtime, from, context), await targetOf(runtime, to, context), options);
      return 0;
    } catch (error) {
      if (trap.interrupted !== undefined)
        throw new ExitError(trap.interrupted, new Error('interrupted, the copy is not complete'));
      throw error;
    }
  },
});

interface Argument {
  readonly container: string | undefined;
  readonly path: string;
}

/** A word with a dot or a slash at its beginning is a path of the host, whatever colons it has. */
function parse(word: string): Argument {
  const colon = word.indexOf(':');
  if (colon === -1 || /^[./]/.test(word)) return { container: undefined, path: word };
  return { container: word.slice(0, colon), path: word.slice(colon + 1) };
}

async function sourceOf(runtime: Runtime, argument: Argument, context: Context) {
  if (argument.container === undefined && argument.path === '-') return { archive: process.stdin as AsyncIterable<Uint8Array> };
  return sideOf(runtime, argument, context);
}

async function targetOf(runtime: Runtime, argument: Argument, context: Context) {
  if (argument.container !== undefined || argument.path !== '-') return sideOf(runtime, argument, context);
  if (isatty(1)) {
    throw new InvalidArgumentError('refusing to copy to terminal. Name a file or redirect', { code: 'is-terminal' });
  }
  return { write: (piece: Uint8Array) => context.output.bytes('stdout', piece) };
}

async function sideOf(runtime: Runtime, { container: name, path }: Argument, { workingDirectory }: Context): Promise<CopySide> {
  // What is after the last slash says whether the directory or its content is meant.
  if (name === undefined)
    return {
      host: resolve(workingDirectory, path) + (/(\/\.?|^\.)$/.exec(path)?.[0].replace(/^\.$/, '/.') ?? ''),
      given: path,
    };
  try {
    const container = await runtime.container(name);
    return { container, path };
  } catch (error) {
    if (!isMissing(error)) throw error;
    throw new InvalidArgumentError(`container "${name}" does not exist`, { code: 'no-such-container', cause: error });
  }
}
