import { createReadStream, mkdtempSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isatty } from 'node:tty';
import type { SaveFormat } from '@tspod/core';
import { defineCommand } from '../grammar/command.ts';
import { atLeast } from '../grammar/positional.ts';
import { UsageError } from '../grammar/usage-error.ts';
import { interruptible } from '../interruptible.ts';
import { OutputStream } from '../session/output-stream.ts';
import { transferProgress } from '../transfer-progress.ts';

const formats: readonly string[] = ['oci-dir', 'oci-archive', 'docker-dir', 'docker-archive'] satisfies SaveFormat[];

export const command = defineCommand({
  description: [
    'Writes an image to an archive or a directory. Further names become names of the same image;',
    'with --multi-image-archive they are images of their own.',
  ],
  usage: '[options] IMAGE [IMAGE...]',
  examples: ['save -o image.tar web:v1', 'save --format oci-archive web > image.tar', 'save -m -o both.tar web db'],
  flags: {
    compress: { kind: 'bool', help: 'Compress the layers of a docker-dir' },
    format: { kind: 'string', default: 'docker-archive', help: `What to write: ${formats.join(', ')}` },
    'multi-image-archive': { kind: 'bool', shorthand: 'm', help: 'Take all arguments as images; a docker-archive only' },
    output: { kind: 'string', shorthand: 'o', help: 'File or directory to write, in place of stdout' },
    quiet: { kind: 'bool', shorthand: 'q', help: 'Do not show how it goes on' },
    uncompressed: { kind: 'bool', help: 'Leave the layers of OCI images as they are' },
  },
  positional: atLeast(1, 'need at least 1 argument'),
  async run({ flags, positional, context }) {
    const format = flags.format as SaveFormat;
    if (!formats.includes(format)) throw new UsageError(`format value must be one of ${formats.join(' ')}`);
    if (flags.compress && format !== 'docker-dir') {
      throw new UsageError("--compress can only be set when --format is 'docker-dir'");
    }
    if (flags.output === undefined && isatty(1)) {
      throw new UsageError('refusing to save to terminal. Use -o flag or redirect');
    }
    if (flags.output === undefined && format.endsWith('-dir')) throw new UsageError(`--output is needed for --format ${format}`);
    using draft = flags.output === undefined ? temporaryFile(context.environment.TMPDIR) : undefined;
    const path = draft?.path ?? resolve(context.workingDirectory, flags.output ?? '');
    const { images } = await context.runtime();
    await interruptible('nothing was saved', async (signal) => {
      await images.save(positional, {
        ...transferProgress(context.output, flags.quiet),
        ...{ path, format, signal },
        severalImages: flags['multi-image-archive'],
        compress: flags.compress,
        acceptUncompressed: flags.uncompressed,
      });
      if (draft !== undefined) await copyToStdout(path, signal);
    });
    return 0;
  },
});

function temporaryFile(parent = '/var/tmp'): Disposable & { readonly path: string } {
  const directory = mkdtempSync(join(parent, 'tspod-save-'));
  return { path: join(directory, 'image'), [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true }) };
}

/** To the last byte, however slowly it is read: what a stream of Node still holds is lost when the process ends. */
async function copyToStdout(path: string, signal: AbortSignal): Promise<void> {
  using stdout = new OutputStream(1);
  for await (const piece of createReadStream(path, { signal })) await stdout.write(piece as Buffer);
}
