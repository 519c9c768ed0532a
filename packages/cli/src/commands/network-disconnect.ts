import { defineCommand } from '../grammar/command.ts';
import { exactly } from '../grammar/positional.ts';

export const command = defineCommand({
  description: ['Has a container leave a network, at once when it runs.'],
  usage: '[options] NETWORK CONTAINER',
  examples: ['network disconnect web frontend'],
  flags: { force: { kind: 'bool', shorthand: 'f', help: 'Accepted for the sake of scripts; changes nothing, as in podman' } },
  positional: exactly(2),
  async run({ positional: [network = '', name = ''], context }) {
    const runtime = await context.runtime();
    const container = await runtime.container(name);
    await runtime.networks.disconnect(network, container.id);
    return 0;
  },
});
