import { defineCommand } from '../grammar/command.ts';
import { exactly } from '../grammar/positional.ts';

export const command = defineCommand({
  description: ['If the named container exists, tspod container exists exits with 0, otherwise the exit code will be 1.'],
  usage: 'CONTAINER',
  examples: ['container exists containerID', 'container exists myctr || tspod run --name myctr [etc...]'],
  flags: {},
  positional: exactly(1),
  async run({ positional: [name = ''], context }) {
    return (await (await context.runtime()).hasContainer(name)) ? 0 : 1;
  },
});
