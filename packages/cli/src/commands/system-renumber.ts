import { defineCommand } from '../grammar/command.ts';
import { noArguments } from '../grammar/positional.ts';

export const command = defineCommand({
  description: [
    'Does nothing, and succeeds: for scripts that call it. podman gives the locks of containers new numbers; tspod locks containers',
    'by their ids.',
  ],
  usage: '',
  examples: ['system renumber'],
  flags: {},
  positional: noArguments,
  async run() {
    return 0;
  },
});
