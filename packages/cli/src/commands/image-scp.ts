import { execFileSync, spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { InvalidArgumentError, NotFoundError, NotSupportedError, RuntimeFailedError, UnavailableError } from '@tspod/core';
import type { Context } from '../context.ts';
import { defineCommand } from '../grammar/command.ts';
import { UsageError } from '../grammar/usage-error.ts';
import { interruptible } from '../interruptible.ts';
import { transferProgress } from '../transfer-progress.ts';

export const command = defineCommand({
  description: [
    'Copies an image to the store of a user of this machine. For root that is the usual store, where another one is given with --root;',
    'for others it is that of their podman.',
  ],
  usage: '[options] IMAGE USER@localhost::',
  examples: ['image scp web:v1 me@localhost::', 'image scp root@localhost::web:v1 me@localhost::'],
  flags: { quiet: { kind: 'bool', shorthand: 'q', help: 'Do not show how it goes on' } },
  positional: { minimum: 1, maximum: 2 },
  async run({ flags, positional: [from = '', to], context }) {
    const source = parsePlace(from);
    const target = to === undefined ? undefined : parsePlace(to);
    for (const place of [source, target]) refuseRemote(place?.host, source.image);
    if (source.user !== undefined && source.user !== userInfo().username) {
      throw new NotSupportedError(`images can't be taken out of the store of ${source.user}`, {
        code: 'no-remote',
        hint: `as ${source.user}: podman save ${source.image} | sudo tspod load`,
      });
    }
    if (target === undefined || target.user === undefined) {
      throw new InvalidArgumentError('must specify a destination: invalid argument', { code: 'invalid-option' });
    }
    if (target.image !== '') throw new UsageError(`the destination has no name of an image: "${to}"`);
    await copy(source.image, target.user, flags.quiet, context);
    return 0;
  },
});

interface Place {
  readonly image: string;
  /** Undefined: this machine, or nothing was said. */
  readonly host: string | undefined;
  readonly user: string | undefined;
}

function parsePlace(text: string): Place {
  const at = text.indexOf('::');
  if (at === -1) return { image: text, host: undefined, user: undefined };
  const [, user, host = ''] = /^(?:([^@]+)@)?(.*)$/.exec(text.slice(0, at)) ?? [];
  return { image: text.slice(at + 2), host: host === 'localhost' && user !== undefined ? undefined : host, user };
}

function refuseRemote(host: string | undefined, image: string): void {
  if (host === undefined) return;
  throw new NotSupportedError(`other machines are out of reach: "${host}"`, {
    code: 'no-remote',
    hint: `use ssh yourself: tspod save ${image || 'IMAGE'} | ssh ${host || 'HOST'} podman load`,
  });
}

async function copy(image: string, user: string, quiet: boolean, context: Context): Promise<void> {
  const receiver = receiverOf(user, context);
  const { images } = await context.runtime();
  const directory = mkdtempSync(join(context.environment.TMPDIR ?? '/var/tmp', 'tspod-scp-'));
  try {
    const path = join(directory, 'image');
    await interruptible('nothing was copied', async (signal) => {
      await images.save(image, { path, signal, ...transferProgress(context.output, quiet) });
      await run([...receiver, 'load', ...(quiet ? ['-q'] : [])], path, signal);
    });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** What loads an archive from its stdin into the user's store. */
function receiverOf(user: string, { environment }: Context): readonly string[] {
  if (user === userInfo().username) return [process.execPath, ...process.execArgv, process.argv[1] ?? ''];
  const id = (flag: string) => {
    try {
      return execFileSync('id', [flag, '--', user], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
    } catch (cause) {
      throw new NotFoundError(`there is no user "${user}" on this machine`, { code: 'no-such-user', cause });
    }
  };
  const runtimeDirectory = `XDG_RUNTIME_DIR=/run/user/${id('-u')}`;
  const identity = ['--reuid', id('-u'), '--regid', id('-g'), '--init-groups', '--reset-env'];
  return ['setpriv', ...identity, '--', 'env', runtimeDirectory, `PATH=${environment.PATH ?? ''}`, 'podman'];
}

function run(argv: readonly string[], input: string, signal: AbortSignal): Promise<void> {
  const [program = '', ...args] = argv;
  const stdin = openSync(input, 'r');
  return new Promise<void>((resolve, reject) => {
    const child = spawn(program, args, { stdio: [stdin, 'inherit', 'inherit'], cwd: '/', signal });
    closeSync(stdin);
    child.once('error', (cause) => {
      reject(signal.aborted ? cause : new UnavailableError(`${program} can't be started`, { code: 'missing-helper', cause }));
    });
    child.once('close', (exitCode) => {
      if (exitCode === 0) resolve();
      else {
        const failure = { code: 'transfer-failed', argv, exitCode: exitCode ?? undefined, stderr: '' };
        reject(new RuntimeFailedError('the image could not be loaded into the other store', failure));
      }
    });
  });
}
