import { resolve } from 'node:path';
import { isatty } from 'node:tty';
import { InvalidArgumentError } from '@tspod/core';
import { defineCommand } from '../grammar/command.ts';
import { exactly } from '../grammar/positional.ts';
import { ExitError } from '../reporter.ts';
import { SignalTrap } from '../session/signals.ts';

export const command = defineCommand({
  description: ['Writes the content of a volume as a tar archive.'],
  usage: '[options] VOLUME',
  examples: ['volume export data > data.tar', 'volume export --output data.tar data'],
  flags: {
    output: { kind: 'string', shorthand: 'o', help: 'File to write in place of stdout' },
  },
  positional: exactly(1),
  async run({ flags, positional: [name = ''], context }) {
    const { output, workingDirectory } = context;
    if (flags.output === undefined && isatty(1)) {
      throw new InvalidArgumentError('refusing to export to terminal. Use -o flag or redirect', { code: 'is-terminal' });
    }
    const { volumes } = await context.runtime();
    using trap = new SignalTrap();
    const target =
      flags.output === undefined ? (piece: Uint8Array) => output.bytes('stdout', piece) : resolve(workingDirectory, flags.output);
    try {
      await volumes.export(name, target, { signal: trap.abortSignal });
      return 0;
    } catch (error) {
      if (trap.interrupted === undefined) throw error;
      throw new ExitError(trap.interrupted, new Error('interrupted, the archive is not complete'));
    }
  },
});
