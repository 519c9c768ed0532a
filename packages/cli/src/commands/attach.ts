import { detachKeysFlag } from '../container-flags.ts';
import { defineCommand } from '../grammar/command.ts';
import { checkedDetachKeys } from '../process-options.ts';
import { runAlongside } from '../session/attended-run.ts';
import { SignalTrap } from '../session/signals.ts';

export const command = defineCommand({
  description: ['Attach to a running container. Its output is shown from now on; use tspod logs for what it wrote before.'],
  usage: '[options] CONTAINER',
  examples: ['attach ctrID', 'attach 1234', 'attach --no-stdin foobar'],
  flags: {
    'detach-keys': detachKeysFlag,
    'no-stdin': { kind: 'bool', help: 'Do not attach STDIN' },
    'sig-proxy': { kind: 'bool', default: true, help: 'Proxy received signals to the process' },
  },
  positional: {
    minimum: 1,
    maximum: 1,
    tooFew: '"tspod attach" requires a name or id',
    tooMany: '`tspod attach` accepts at most one argument',
  },
  async run({ flags, positional: [name = ''], context }) {
    const detachKeys = checkedDetachKeys(flags['detach-keys']);
    const container = await (await context.runtime()).container(name);
    const { terminal, stdin } = container.config();
    using trap = new SignalTrap();
    const session = { stdin: stdin && !flags['no-stdin'], stdout: true, stderr: true, terminal, detachKeys };
    return runAlongside(container, { session, trap, sigProxy: flags['sig-proxy'], output: context.output });
  },
});
