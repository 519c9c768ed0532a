import { containerFlags } from '../container-flags.ts';
import { createContainer } from '../create-container.ts';
import { defineCommand } from '../grammar/command.ts';
import { atLeast } from '../grammar/positional.ts';
import { SignalTrap } from '../session/signals.ts';

export const command = defineCommand({
  description: [
    'Creates a new container from the given image or root filesystem directory and prepares it for running the specified',
    'command. The container ID is then printed to stdout. You can then start it at any time with the tspod start',
    '<container_id> command. The container will be created with the initial state "created".',
  ],
  usage: '[options] IMAGE [COMMAND [ARG...]]',
  examples: [
    'create alpine ls',
    'create --annotation HELLO=WORLD alpine ls',
    'create -t -i --name myctr alpine ls',
    'create --rootfs /srv/root /bin/sh',
  ],
  flags: containerFlags,
  positional: atLeast(1),
  interspersed: false,
  async run({ flags, positional, context }) {
    using trap = new SignalTrap();
    const { container } = await createContainer(flags, positional, context, trap);
    if (container !== undefined) context.output.line(container.id);
    return trap.interrupted ?? 0;
  },
});
