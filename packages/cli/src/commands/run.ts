import { type Container, cannotInvoke, engineFailure, exitCodeOf, InvalidArgumentError, withUndoFailure } from '@tspod/core';
import { containerFlags, detachKeysFlag } from '../container-flags.ts';
import { createContainer } from '../create-container.ts';
import { defineCommand } from '../grammar/command.ts';
import { atLeast } from '../grammar/positional.ts';
import { checkedDetachKeys } from '../process-options.ts';
import { ExitError } from '../reporter.ts';
import { giveUp, runAttended } from '../session/attended-run.ts';
import { SignalTrap } from '../session/signals.ts';
import { stdinIsTerminal } from '../session/terminal.ts';

const streamNames: readonly string[] = ['stdin', 'stdout', 'stderr'];

export const command = defineCommand({
  description: [
    'Makes a container from an image, or from a directory with --rootfs, and runs the command in it, or what the image says.',
    'Ends with the exit code of the command; 125, 126 and 127 tell that it could not be run.',
  ],
  usage: '[options] IMAGE [COMMAND [ARG...]]',
  examples: [
    'run --rm busybox ls -l /etc',
    'run --rm -it -v /srv/data:/data busybox sh',
    'run -d --name web --network host localhost/web:v1',
    'run --rm --rootfs /srv/root:O /bin/sh -c "touch /thrown-away"',
  ],
  flags: {
    ...containerFlags,
    attach: { kind: 'strings', shorthand: 'a', help: 'Connect only these of stdin, stdout and stderr' },
    detach: { kind: 'bool', shorthand: 'd', help: 'Print the id and leave the container running' },
    'detach-keys': detachKeysFlag,
    'sig-proxy': { kind: 'bool', default: true, help: 'Pass signals on to the process' },
  },
  positional: atLeast(1),
  interspersed: false,
  async run({ flags, positional, context }) {
    const { output } = context;
    const streams = attachedStreams(flags.attach, flags.interactive);
    const detachKeys = checkedDetachKeys(flags['detach-keys']);
    if (flags.tty && flags.interactive && !stdinIsTerminal()) {
      output.warning('The input device is not a TTY. The --tty and --interactive flags might not work properly');
    }
    using trap = new SignalTrap();
    const { container, cidFile } = await createContainer(flags, positional, context, trap);
    if (container === undefined) return trap.interrupted ?? engineFailure;

    const onRemoved = () => cidFile?.remove();
    try {
      if (!flags.detach) {
        const session = { ...streams, terminal: flags.tty, detachKeys };
        const sigProxy = flags['sig-proxy'];
        return await runAttended(container, { session, trap, sigProxy, autoRemove: flags.rm, onRemoved, output });
      }
      await container.start();
      if (trap.interrupted !== undefined) await giveUp(container, flags.rm);
      else output.line(container.id);
      return trap.interrupted ?? 0;
    } catch (error) {
      if (error instanceof ExitError) throw error;
      const code = exitCodeOf(error);
      const failure = flags.rm ? await undo(container, error, onRemoved) : error;
      throw new ExitError(code === engineFailure ? cannotInvoke : code, failure);
    }
  },
});

/** A container that is to remove itself goes when it can't be started; another one stays, as podman leaves it. Answers the failure to report. */
async function undo(container: Container, failure: unknown, onRemoved: () => void): Promise<unknown> {
  try {
    await container.remove({ force: true, timeout: 0 });
    onRemoved();
    return failure;
  } catch (undoFailure) {
    return withUndoFailure(failure, undoFailure);
  }
}

function attachedStreams(names: readonly string[], interactive: boolean) {
  const words = names.map((name) => name.toLowerCase());
  const unknown = words.findIndex((word) => !streamNames.includes(word));
  if (unknown !== -1) {
    throw new InvalidArgumentError(`invalid stream "${names[unknown]}" for --attach - must be one of stdin, stdout, or stderr`, {
      code: 'invalid-option',
    });
  }
  const has = (word: string) => words.length === 0 || words.includes(word);
  return { stdin: interactive && has('stdin'), stdout: has('stdout'), stderr: has('stderr') };
}
