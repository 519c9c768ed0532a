import { type BuildFlag, RuntimeFailedError } from '@tspod/core';
import { buildFlags } from '../build-flags.ts';
import { defineCommand } from '../grammar/command.ts';
import { atMost } from '../grammar/positional.ts';
import { interruptible } from '../interruptible.ts';

export const command = defineCommand({
  description: [
    'Builds an image with buildah from the Containerfile or Dockerfile in CONTEXT, which is a directory, a URL, or - for stdin.',
    'Without CONTEXT it is the working directory. What can be run at once is in the same store.',
  ],
  usage: '[options] [CONTEXT]',
  examples: [
    'build --tag web:v1 .',
    'build --tag web:v1 --build-arg version=3 --file web.containerfile src',
    'build - < Containerfile',
  ],
  flags: buildFlags,
  positional: atMost(1),
  async run({ flags, given, positional: [context], context: { output, runtime, workingDirectory } }) {
    const { images } = await runtime();
    const values = Object.entries(flags).filter(([name]) => given.has(name) && !engineFlags.includes(name));
    try {
      await interruptible('the image is not complete', (signal) =>
        images.build({
          context: context ?? (given.has('file') ? undefined : workingDirectory),
          flags: values.flatMap(([name, value]) => writtenFlags(name, value)),
          workingDirectory,
          readsStdin: true,
          onOutput: (bytes) => output.bytes('stdout', bytes),
          signal,
        }),
      );
      return 0;
    } catch (error) {
      // buildah has said why on stderr
      if (error instanceof RuntimeFailedError && error.code === 'build-failed') return error.exitCode ?? 125;
      throw error;
    }
  },
});

/** Global flags about what building has nothing to do with. */
const engineFlags = ['backend', 'conmon', 'events-backend', 'network-config-dir', 'noout', 'tmpdir', 'volumepath'];

function writtenFlags(name: string, value: unknown): BuildFlag[] {
  if (Array.isArray(value)) return value.map((one) => [name, String(one)]);
  return [[name, String(value)]];
}
