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
  description: ['Runs a command in a new container from the given image or root filesystem directory'],
  usage: '[options] IMAGE [COMMAND [ARG...]]',
  examples: [
    'run imageID ls -alF /etc',
    'run --network=host imageID dnf -y install java',
    'run --volume /var/hostdir:/var/ctrdir -i -t fedora /bin/bash',
    'run --rm --rootfs /srv/root:O /bin/sh -c "touch /thrown-away"',
  ],
  flags: {
    ...containerFlags,
    attach: { kind: 'strings', shorthand: 'a', help: 'Attach to STDIN, STDOUT or STDERR' },
    detach: { kind: 'bool', shorthand: 'd', help: 'Run container in background and print container ID' },
    'detach-keys': detachKeysFlag,
    'sig-proxy': { kind: 'bool', default: true, help: 'Proxy received signals to the process' },
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
