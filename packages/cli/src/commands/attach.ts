import { detachKeysFlag, latestFlag } from '../container-flags.ts';
import { defineCommand } from '../grammar/command.ts';
import { checkedDetachKeys } from '../process-options.ts';
import { runAlongside } from '../session/attended-run.ts';
import { SignalTrap } from '../session/signals.ts';

export const command = defineCommand({
  description: [
    'Connects to the streams of a container that runs. Output is shown from now on; tspod logs has what came before.',
  ],
  usage: '[options] CONTAINER',
  examples: ['attach shell', 'attach --no-stdin web'],
  flags: {
    'detach-keys': detachKeysFlag,
    latest: latestFlag,
    'no-stdin': { kind: 'bool', help: 'Leave stdin alone' },
    'sig-proxy': { kind: 'bool', default: true, help: 'Pass signals on to the process' },
  },
  positional: {
    minimum: 1,
    maximum: 1,
    replacedBy: 'latest',
    notWithReplacement: '--latest and containers cannot be used together',
    tooFew: '"tspod attach" requires a name, id, or the "--latest" flag',
    tooMany: '`tspod attach` accepts at most one argument',
  },
  async run({ flags, positional: [name], context }) {
    const detachKeys = checkedDetachKeys(flags['detach-keys']);
    const runtime = await context.runtime();
    const container = name === undefined ? await runtime.latestContainer() : await runtime.container(name);
    const { terminal, stdin } = container.config();
    using trap = new SignalTrap();
    const session = { stdin: stdin && !flags['no-stdin'], stdout: true, stderr: true, terminal, detachKeys };
    return await runAlongside(container, { session, trap, sigProxy: flags['sig-proxy'], output: context.output });
  },
});
