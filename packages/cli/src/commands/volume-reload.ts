import { defineCommand } from '../grammar/command.ts';
import { noArguments } from '../grammar/positional.ts';

export const command = defineCommand({
  description: [
    'Looks whether what keeps the data of each volume is there. Drivers of tspod know no volumes but the recorded ones.',
  ],
  usage: '',
  examples: ['volume reload'],
  flags: {},
  positional: noArguments,
  async run({ context: { output, runtime } }) {
    for (const name of await (await runtime()).volumes.reload()) output.warning(`the driver of volume ${name} is not there`);
    return 0;
  },
});
