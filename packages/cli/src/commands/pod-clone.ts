import { podFlags, podOptions } from '../create/pod-flags.ts';
import { defineCommand } from '../grammar/command.ts';

export const command = defineCommand({
  description: [
    'Makes a pod as another one was made, with a clone of each of its containers, and prints its id. What is said of the clone',
    'takes the place of what was said of the original.',
  ],
  usage: '[options] POD [NAME]',
  examples: ['pod clone web', 'pod clone --start web web-2', 'pod clone --destroy --hostname web web web-new'],
  flags: {
    ...podFlags,
    destroy: { kind: 'bool', help: 'Remove the original, if nothing of it runs' },
    start: { kind: 'bool', help: 'Start the clone' },
  },
  positional: { minimum: 1, maximum: 2 },
  async run({ flags, positional: [wanted = '', given], context }) {
    const original = await (await context.runtime()).pod(wanted);
    const name = flags.name ?? given;
    const clone = await original.clone({ ...podOptions(flags, context), ...(name !== undefined && { name }) });
    if (flags.destroy) await original.remove();
    if (flags.start) await clone.start();
    context.output.line(clone.id);
    return 0;
  },
});
