import { defineCommand } from '../grammar/command.ts';
import { exactly } from '../grammar/positional.ts';

export const command = defineCommand({
  description: ['Exits with 0 if there is a container of this name or id, with 1 if there is none.'],
  usage: '[options] CONTAINER',
  examples: ['container exists web || tspod run -d --name web localhost/web:v1'],
  flags: { external: { kind: 'bool', help: 'Containers of other programs in the same store count, too' } },
  positional: exactly(1),
  async run({ flags, positional: [name = ''], context }) {
    return (await (await context.runtime()).hasContainer(name, { external: flags.external })) ? 0 : 1;
  },
});
