import { resourceFlags } from '../create/limit-flags.ts';
import { resourceOptions } from '../create/limit-options.ts';
import { defineCommand } from '../grammar/command.ts';
import { exactly } from '../grammar/positional.ts';

export const command = defineCommand({
  description: [
    'Changes how much of the machine a container may use: at once if it runs, and from its next start on. What is not named stays',
    'as it is. Prints the id of the container.',
  ],
  usage: '[options] CONTAINER',
  examples: ['update --memory 256m web', 'update --cpus 1.5 --cpu-shares 512 web', 'update --memory-swap=-1 web'],
  flags: resourceFlags,
  positional: exactly(1),
  async run({ flags, positional: [wanted = ''], context }) {
    const resources = resourceOptions(flags);
    const container = await (await context.runtime()).container(wanted);
    if (Object.keys(resources).length > 0) await container.update(resources);
    context.output.line(container.id);
    return 0;
  },
});
