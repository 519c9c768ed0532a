import { defineCommand } from '../grammar/command.ts';
import { exactly } from '../grammar/positional.ts';

export const command = defineCommand({
  description: [
    'If the named image exists in local storage, tspod image exists exits with 0, otherwise the exit code will be 1.',
  ],
  usage: 'IMAGE',
  examples: ['image exists ID', 'image exists IMAGE || tspod load -i image.tar'],
  flags: {},
  positional: exactly(1),
  async run({ positional: [reference = ''], context }) {
    return (await (await context.runtime()).images.exists(reference)) ? 0 : 1;
  },
});
