import {
  type Container,
  cannotInvoke,
  EngineError,
  engineFailure,
  exitCodeOf,
  InvalidArgumentError,
  withUndoFailure,
} from '@tspod/core';
import { attachedStreams, attachFlag } from '../attached-streams.ts';
import { containerFlags, detachKeysFlag } from '../container-flags.ts';
import type { Context } from '../context.ts';
import { runOnlyFlags } from '../create/isolation-flags.ts';
import { createContainer } from '../create-container.ts';
import { defineCommand } from '../grammar/command.ts';
import { atLeast } from '../grammar/positional.ts';
import { preservedDescriptors } from '../preserved-descriptors.ts';
import { checkedDetachKeys } from '../process-options.ts';
import { ExitError } from '../reporter.ts';
import { giveUp, runAttended } from '../session/attended-run.ts';
import { SignalTrap } from '../session/signals.ts';
import { stdinIsTerminal } from '../session/terminal.ts';

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
    ...runOnlyFlags,
    attach: attachFlag,
    detach: { kind: 'bool', shorthand: 'd', help: 'Print the id and leave the container running' },
    'detach-keys': detachKeysFlag,
    'preserve-fds': { kind: 'uint', help: 'Pass on so many descriptors from 3 on' },
    'sig-proxy': { kind: 'bool', default: true, help: 'Pass signals on to the process' },
  },
  positional: atLeast(1),
  interspersed: false,
  async run({ flags: said, given, positional, context }) {
    const { output } = context;
    const flags = said.rmi ? removingImage(said, given) : said;
    const streams = attachedStreams(flags.attach, flags.interactive);
    const detachKeys = checkedDetachKeys(flags['detach-keys']);
    const inheritedFds = preservedDescriptors(flags['preserve-fds']);
    if (flags.tty && flags.interactive && !stdinIsTerminal()) {
      output.warning('The input device is not a TTY. The --tty and --interactive flags might not work properly');
    }
    using trap = new SignalTrap();
    const { container, cidFile } = await createContainer(flags, positional, context, trap);

    if (container === undefined) return trap.interrupted ?? engineFailure;
    await using _image = {
      async [Symbol.asyncDispose]() {
        if (flags.rmi && !flags.detach && !flags.rootfs) await removeImage(positional[0] ?? '', context);
      },
    };

    const onRemoved = () => cidFile?.remove();
    try {
      if (!flags.detach) {
        const session = { ...streams, terminal: flags.tty, detachKeys };
        const sigProxy = flags['sig-proxy'];
        const isSilent = !streams.stdout && !streams.stderr;
        const onStarted = isSilent ? () => output.line(container.id) : undefined;
        return await runAttended(container, {
          ...{ session, trap, inheritedFds, sigProxy, autoRemove: flags.rm },
          ...{ onStarted, onRemoved, output },
        });
      }
      await container.start({ inheritedFds });
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

/** @throws {InvalidArgumentError} `invalid-option` */
function removingImage<Flags extends { readonly rm: boolean }>(flags: Flags, given: ReadonlySet<string>): Flags {
  if (given.has('rm') && !flags.rm) {
    throw new InvalidArgumentError('the --rmi option does not work without --rm', { code: 'invalid-option' });
  }
  return { ...flags, rm: true };
}

/** An image that is still of use stays: that is told, and no failure of the run. */
async function removeImage(image: string, { runtime, output }: Context): Promise<void> {
  try {
    await (await runtime()).images.remove(image);
  } catch (error) {
    if (!EngineError.isInstance(error)) throw error;
    output.warning(error.message);
  }
}

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
