import { defineCommand } from '../grammar/command.ts';
import { exactly } from '../grammar/positional.ts';

export const command = defineCommand({
  description: ['Mounts a volume on the host and prints where. It stays mounted until as many unmounts.'],
  usage: 'VOLUME',
  examples: ['volume mount data'],
  flags: {},
  positional: exactly(1),
  async run({ positional: [name = ''], context }) {
    context.output.line(await (await context.runtime()).volumes.mount(name));
    return 0;
  },
});
