import { NotSupportedError } from '@tspod/core';
import { defineCommand } from '../grammar/command.ts';

export const command = defineCommand({
  description: ['Runs a command in the user namespace of rootless containers. tspod runs as root, who has none.'],
  usage: '[COMMAND [ARG...]]',
  examples: ['unshare id'],
  flags: {
    'rootless-netns': { kind: 'bool', help: 'In the network namespace of rootless containers' },
  },
  positional: { minimum: 0, maximum: Number.POSITIVE_INFINITY },
  interspersed: false,
  async run() {
    throw new NotSupportedError('please use unshare with rootless', {
      code: 'not-rootless',
      hint: 'root sees the files of containers as they are: run the command without unshare',
    });
  },
});
