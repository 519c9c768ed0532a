import { attachmentFlags, attachmentOptions } from '../create/network-flags.ts';
import { defineCommand } from '../grammar/command.ts';
import { exactly } from '../grammar/positional.ts';

export const command = defineCommand({
  description: ['Has a container join one more network, at once when it runs.'],
  usage: '[options] NETWORK CONTAINER',
  examples: ['network connect web frontend', 'network connect --alias db --ip 10.20.0.9 web database'],
  flags: attachmentFlags,
  positional: exactly(2),
  async run({ flags, positional: [network = '', name = ''], context }) {
    const options = attachmentOptions(flags);
    const runtime = await context.runtime();
    const container = await runtime.container(name);
    await runtime.networks.connect(network, container.id, options);
    return 0;
  },
});
