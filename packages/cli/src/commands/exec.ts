import { type Container, EngineError, exitCodeOf, InvalidArgumentError } from '@tspod/core';
import { detachKeysFlag, latestFlag, processFlags } from '../container-flags.ts';
import { defineCommand } from '../grammar/command.ts';
import { atLeast } from '../grammar/positional.ts';
import { preservedDescriptors } from '../preserved-descriptors.ts';
import { checkedDetachKeys, environmentOf } from '../process-options.ts';
import { ExitError } from '../reporter.ts';
import { ClientSession } from '../session/client-session.ts';

/** podman's exit code for a session that could not be had, where the runtime has no better one. */
const noSession = 255;

export const command = defineCommand({
  description: ['Runs one more command in a container that runs, with the settings of the container unless flags say otherwise.'],
  usage: '[options] CONTAINER [COMMAND [ARG...]]',
  examples: ['exec -it web sh', 'exec -w /tmp web pwd', 'exec --user nobody web id'],
  flags: {
    ...processFlags,
    detach: { kind: 'bool', shorthand: 'd', help: 'Print the id of the session and leave it running' },
    'detach-keys': detachKeysFlag,
    latest: latestFlag,
    'preserve-fds': { kind: 'uint', help: 'Pass on so many descriptors from 3 on' },
  },
  positional: atLeast(0, ''),
  interspersed: false,
  async run({ flags, positional, context }) {
    if (positional.length === 0 && !flags.latest) {
      throw new InvalidArgumentError('exec requires the name or ID of a container or the --latest flag', {
        code: 'invalid-usage',
      });
    }
    const [name = '', ...rest] = positional;
    const command = flags.latest ? positional : rest;
    const detachKeys = checkedDetachKeys(flags['detach-keys']);
    const process = {
      command,
      environment: environmentOf(flags, context.environment),
      user: flags.user,
      workingDirectory: flags.workdir || undefined,
      terminal: flags.tty,
      stdin: flags.interactive,
      privileged: flags.privileged,
      inheritedFds: preservedDescriptors(flags['preserve-fds']),
    };
    const runtime = await context.runtime();
    const container = flags.latest ? await runtime.latestContainer() : await runtime.container(name);
    if (flags.detach) {
      const { id } = await container.exec(process);
      context.output.line(id);
      return 0;
    }
    await using session = new ClientSession({
      stdin: flags.interactive,
      stdout: true,
      stderr: true,
      terminal: flags.tty,
      detachKeys,
    });
    return await attended(container, process, session);
  },
});

async function attended(
  container: Container,
  process: Parameters<Container['exec']>[0],
  session: ClientSession,
): Promise<number> {
  try {
    await session.terminal?.engage();
    const { attachment, exit } = await container.exec({ ...process, attach: session.attach, size: session.terminal?.size });
    if (attachment !== undefined && (await session.follow(attachment)) === 'detached') return 0;
    return (await exit) & 0xff;
  } catch (error) {
    const isRuntimes = EngineError.isInstance(error) && error.kind === 'runtime-failed';
    throw new ExitError(isRuntimes ? exitCodeOf(error) : noSession, error);
  }
}
