import { detachKeysFlag } from '../container-flags.ts';
import { everyContainer, namedContainers } from '../containers.ts';
import { forEach, raise } from '../for-each.ts';
import { defineCommand } from '../grammar/command.ts';
import { namesOrAll } from '../grammar/positional.ts';
import { UsageError } from '../grammar/usage-error.ts';
import { checkedDetachKeys } from '../process-options.ts';
import { runAttended } from '../session/attended-run.ts';
import { SignalTrap } from '../session/signals.ts';

export const command = defineCommand({
  description: ['Starts one or more containers. The container name or ID can be used.'],
  usage: '[options] CONTAINER [CONTAINER...]',
  examples: ['start 860a4b231279 5421ab43b45', 'start --interactive --attach imageID'],
  flags: {
    all: { kind: 'bool', help: 'Start all containers regardless of their state or configuration' },
    attach: { kind: 'bool', shorthand: 'a', help: "Attach container's STDOUT and STDERR" },
    'detach-keys': detachKeysFlag,
    interactive: { kind: 'bool', shorthand: 'i', help: "Attach container's STDIN" },
    'sig-proxy': { kind: 'bool', help: 'Proxy received signals to the process (default true if attaching, false otherwise)' },
  },
  positional: namesOrAll('start requires at least one argument'),
  async run({ flags, given, positional, context }) {
    const { output } = context;
    const attaches = flags.attach || flags.interactive;
    if (attaches && (positional.length > 1 || flags.all))
      throw new UsageError('you cannot start and attach multiple containers at once');
    if (flags['sig-proxy'] && !attaches) throw new UsageError('you cannot use sig-proxy without --attach: invalid argument');
    const detachKeys = checkedDetachKeys(flags['detach-keys']);
    const runtime = await context.runtime();
    const targets = flags.all ? await everyContainer(runtime, { all: true }) : await namedContainers(runtime, positional);

    if (!attaches || targets[0] === undefined) {
      const failures = await forEach(targets, output, async ({ name, container }) => {
        await container.start();
        return name;
      });
      raise(failures, output);
      return 0;
    }
    const { container } = targets[0];
    const { terminal, stdin, autoRemove } = container.config();
    using trap = new SignalTrap();
    const session = { stdin: flags.interactive && stdin, stdout: true, stderr: true, terminal, detachKeys };
    const sigProxy = given.has('sig-proxy') ? flags['sig-proxy'] : true;
    return runAttended(container, { session, trap, sigProxy, autoRemove, output });
  },
});
