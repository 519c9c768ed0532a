import { resolve } from 'node:path';
import { defineCommand } from '../grammar/command.ts';
import { atMost } from '../grammar/positional.ts';
import { UsageError } from '../grammar/usage-error.ts';
import { authFileFlag } from '../registry-flag-tables.ts';

export const command = defineCommand({
  description: ['Forgets the user name and password for a registry.'],
  usage: '[options] [REGISTRY]',
  examples: ['logout quay.io', 'logout --all'],
  flags: { ...authFileFlag, all: { kind: 'bool', shorthand: 'a', help: 'Those for every registry' } },
  positional: atMost(1),
  async run({ flags, positional: [registry], context }) {
    const { all } = flags;
    if (all && registry !== undefined) throw new UsageError('--all takes no arguments');
    const authFile = flags.authfile === undefined ? undefined : resolve(context.workingDirectory, flags.authfile);
    const host = await (await context.runtime()).images.logout(registry, { all, authFile });
    context.output.line(`Removed login credentials for ${host ?? 'all registries'}`);
    return 0;
  },
});
