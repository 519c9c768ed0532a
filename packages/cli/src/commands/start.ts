import { detachKeysFlag } from '../container-flags.ts';
import { anySelection, selectedContainers, selectionFlags } from '../container-selection.ts';
import { forEach, raise } from '../for-each.ts';
import { defineCommand } from '../grammar/command.ts';
import { UsageError } from '../grammar/usage-error.ts';
import { checkedDetachKeys } from '../process-options.ts';
import { runAttended } from '../session/attended-run.ts';
import { SignalTrap } from '../session/signals.ts';

export const command = defineCommand({
  description: ['Starts containers that were made or have ended. One that runs is left alone.'],
  usage: '[options] CONTAINER [CONTAINER...]',
  examples: ['start web db', 'start --attach --interactive shell'],
  flags: {
    all: { kind: 'bool', help: 'Start every container' },
    attach: { kind: 'bool', shorthand: 'a', help: 'Show the output, and end with the exit code of the container' },
    'detach-keys': detachKeysFlag,
    filter: selectionFlags.filter,
    interactive: { kind: 'bool', shorthand: 'i', help: 'Connect stdin; attaches, too' },
    latest: selectionFlags.latest,
    'sig-proxy': { kind: 'bool', help: 'Pass signals on to the process; usual when attached' },
  },
  positional: anySelection,
  async run({ flags, given, positional, context }) {
    const { output } = context;
    const attaches = flags.attach || flags.interactive;
    if (attaches && flags.all) throw new UsageError('you cannot start and attach all containers at once');
    if (attaches && positional.length > 1) throw new UsageError('you cannot start and attach multiple containers at once');
    if (flags['sig-proxy'] && !attaches) throw new UsageError('you cannot use sig-proxy without --attach: invalid argument');
    const detachKeys = checkedDetachKeys(flags['detach-keys']);
    const targets = await selectedContainers(
      context.runtime,
      { ...flags, names: positional },
      {
        noneGiven: 'start requires at least one argument',
        namesWithAll: 'either start all containers or the container(s) provided in the arguments',
      },
    );
    if (attaches && targets.length > 1) throw new UsageError('you cannot start and attach multiple containers at once');

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
    return await runAttended(container, { session, trap, sigProxy, autoRemove, output });
  },
});
