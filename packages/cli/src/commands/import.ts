import { createReadStream, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Context } from '../context.ts';
import { defineCommand } from '../grammar/command.ts';
import { UsageError } from '../grammar/usage-error.ts';
import { changeFlag } from '../image-flags.ts';
import { ExitError } from '../reporter.ts';
import { SignalTrap } from '../session/signals.ts';
import { stdinIsTerminal } from '../session/terminal.ts';

export const command = defineCommand({
  description: [
    'Makes an image of a root file system in a tar archive, and prints its id. The archive may be compressed; it can be a file, a URL,',
    'or - for stdin.',
  ],
  usage: '[options] PATH [REFERENCE]',
  examples: [
    'import root.tar mine:v1',
    'import https://example.com/root.tar.xz',
    'import --change "CMD [\\"sh\\"]" - mine < root.tar',
  ],
  flags: {
    arch: { kind: 'string', help: 'Architecture of the image' },
    change: changeFlag,
    message: { kind: 'string', shorthand: 'm', help: 'Comment on the image' },
    os: { kind: 'string', help: 'Operating system of the image' },
    quiet: { kind: 'bool', shorthand: 'q', help: 'Do not show how it goes on' },
    variant: { kind: 'string', help: "Variant of the image's architecture" },
  },
  positional: { minimum: 1, maximum: 2 },
  async run({ flags, positional: [source = '', name], context }) {
    using trap = new SignalTrap();
    const signal = trap.abortSignal;
    const { arch: architecture, change: changes, message, os, variant } = flags;
    try {
      const { archive, createdAt } = await open(source, context, signal);
      const { images } = await context.runtime();
      const { id } = await images.import({ archive, createdAt, name, changes, message, architecture, os, variant, signal });
      context.output.line(`sha256:${id}`);
      return 0;
    } catch (error) {
      if (trap.interrupted !== undefined) throw new ExitError(trap.interrupted, new Error('interrupted, nothing was imported'));
      throw error;
    }
  },
});

interface Source {
  readonly archive: AsyncIterable<Uint8Array>;
  /** Of a file; as with podman, the image is as old. */
  readonly createdAt?: string;
}

async function open(source: string, { workingDirectory }: Context, signal: AbortSignal): Promise<Source> {
  if (source === '-') {
    if (stdinIsTerminal()) throw new UsageError('cannot read from terminal, use command-line redirection');
    return { archive: process.stdin };
  }
  if (/^https?:\/\//.test(source)) return { archive: await download(source, signal) };
  const path = resolve(workingDirectory, source);
  const archive = createReadStream(path, { highWaterMark: 1 << 20, signal });
  await new Promise<void>((opened, failed) => {
    archive.once('open', () => opened());
    archive.once('error', (cause: Error) =>
      failed(new Error(`error opening "${source}": ${withoutCode(cause).replace(path, source)}`, { cause })),
    );
  });
  return { archive, createdAt: timeOf(path) };
}

/** As Go writes times: with nine digits after the seconds, but no zeros at the end. */
function timeOf(path: string): string {
  const { mtimeNs } = statSync(path, { bigint: true });
  const seconds = new Date(Number(mtimeNs / 1_000_000n)).toISOString().slice(0, -'.123Z'.length);
  const fraction = String(mtimeNs % 1_000_000_000n)
    .padStart(9, '0')
    .replace(/0+$/, '');
  return `${seconds}${fraction === '' ? '' : `.${fraction}`}Z`;
}

async function download(url: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
  const response = await fetch(url, { signal }).catch((cause: unknown) => {
    const reason = cause instanceof Error && cause.cause instanceof Error ? cause.cause.message : String(cause);
    throw new Error(`downloading ${url} failed: ${reason}`, { cause });
  });
  if (!response.ok || response.body === null)
    throw new Error(`downloading ${url} failed: ${response.status} ${response.statusText}`);
  return response.body;
}

/** Node's message is `CODE: text, call path`; Go's has the call first. */
function withoutCode(error: Error): string {
  const [, text = error.message, call = ''] = /^[A-Z]+: (.*), (.*)$/.exec(error.message) ?? [];
  return `${call.replaceAll("'", '')}: ${text}`;
}
