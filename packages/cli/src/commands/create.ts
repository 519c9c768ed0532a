import { attachedStreams, attachFlag } from '../attached-streams.ts';
import { containerFlags } from '../container-flags.ts';
import { createContainer } from '../create-container.ts';
import { defineCommand } from '../grammar/command.ts';
import { atLeast } from '../grammar/positional.ts';
import { SignalTrap } from '../session/signals.ts';

export const command = defineCommand({
  description: ['Makes a container as tspod run does and prints its id. The command waits for tspod start.'],
  usage: '[options] IMAGE [COMMAND [ARG...]]',
  examples: ['create --name web localhost/web:v1', 'create -it --name shell busybox', 'create --rootfs /srv/root /bin/sh'],
  flags: {
    ...containerFlags,
    attach: { ...attachFlag, help: 'Taken for scripts that are made for docker: streams are connected by tspod start' },
  },
  positional: atLeast(1),
  interspersed: false,
  async run({ flags, positional, context }) {
    attachedStreams(flags.attach, flags.interactive);
    using trap = new SignalTrap();
    const { container } = await createContainer(flags, positional, context, trap);
    if (container !== undefined) context.output.line(container.id);
    return trap.interrupted ?? 0;
  },
});
