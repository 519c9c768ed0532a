import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import { defineCommand } from '../grammar/command.ts';
import { exactly } from '../grammar/positional.ts';
import { ExitError } from '../reporter.ts';
import { SignalTrap } from '../session/signals.ts';

export const command = defineCommand({
  description: ['Unpacks a tar archive, compressed or not, into a volume. What is there already stays or is replaced.'],
  usage: 'VOLUME FILE|-',
  examples: ['volume import data data.tar', 'gzip -dc data.tar.gz | tspod volume import data -'],
  flags: {},
  positional: exactly(2),
  async run({ positional: [name = '', source = ''], context }) {
    const { volumes } = await context.runtime();
    using trap = new SignalTrap();
    const file = source === '-' ? undefined : await open(resolve(context.workingDirectory, source), 'r');
    try {
      const archive =
        file === undefined ? createReadStream('', { fd: 0, autoClose: false }) : file.createReadStream({ autoClose: false });
      await volumes.import(name, archive, { signal: trap.abortSignal });
      return 0;
    } catch (error) {
      if (trap.interrupted === undefined) throw error;
      throw new ExitError(trap.interrupted, new Error('interrupted, only a part of the archive is in the volume'));
    } finally {
      await file?.close();
    }
  },
});
