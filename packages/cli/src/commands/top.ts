import { type Container, descriptorNames, EngineError, RuntimeFailedError } from '@tspod/core';
import { latestFlag } from '../container-flags.ts';
import { explained } from '../explained.ts';
import { defineCommand } from '../grammar/command.ts';
import { UsageError } from '../grammar/usage-error.ts';
import { formatProcesses } from '../process-table.ts';

export const command = defineCommand({
  description: [
    'Shows the processes of a container that runs. What is shown of each is said by descriptors, names or codes such as %C; with',
    'anything else, such as -ef, ps(1) of the container is run with these arguments.',
    `Descriptors: ${descriptorNames.join(', ')}.`,
  ],
  usage: '[options] CONTAINER [DESCRIPTOR...|ARGUMENT...]',
  examples: ['top web', 'top web pid seccomp args %C', 'top web -eo user,pid,comm'],
  flags: { latest: latestFlag },
  positional: { minimum: 0, maximum: Number.POSITIVE_INFINITY },
  interspersed: false,
  async run({ flags, positional, context }) {
    const { output, runtime } = context;
    const [name, ...rest] = positional;
    if (!flags.latest && name === undefined) throw new UsageError('you must provide the name or id of a running container');
    const engine = await runtime();
    const container = flags.latest
      ? await engine.latestContainer()
      : await explained('unable to look up requested container', engine.container(name ?? ''));
    const words = flags.latest ? positional : rest;
    try {
      output.text(formatProcesses(await container.top(words)));
    } catch (error) {
      if (!EngineError.isInstance(error) || error.code !== 'unknown-descriptor') throw error;
      output.text(await processStatus(container, words));
    }
    return 0;
  },
});

/** What ps(1) of the container prints, without the line of that ps itself. @throws {RuntimeFailedError} `ps-failed` */
async function processStatus(container: Container, words: readonly string[]): Promise<string> {
  const command = ['ps', ...words.flatMap((word) => word.split(/\s+/)).filter(Boolean)];
  const output = { stdout: '', stderr: '' };
  const { attachment, exit } = await container.exec({
    command,
    attach: {
      onOutput: (stream, bytes) => {
        output[stream] += Buffer.from(bytes).toString('utf8');
      },
    },
  });
  await attachment?.done;
  const exitCode = await exit;
  if (exitCode !== 0) {
    throw new RuntimeFailedError(`executing ps(1) in container: ${output.stderr.trim() || `it exited with ${exitCode}`}`, {
      code: 'ps-failed',
      hint: `descriptors that need no ps in the container are ${descriptorNames.join(', ')}`,
      argv: command,
      exitCode,
      stderr: output.stderr,
    });
  }
  const itself = command.join(' ');
  return output.stdout
    .split('\n')
    .filter((line) => !line.trimEnd().endsWith(itself))
    .join('\n');
}
