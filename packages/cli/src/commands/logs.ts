import { latestFlag } from '../container-flags.ts';
import { namedContainers } from '../containers.ts';
import { defineCommand } from '../grammar/command.ts';
import { atLeast } from '../grammar/positional.ts';
import { logFlags, logOptions, printLogs } from '../log-printing.ts';

export const command = defineCommand({
  description: ['Shows what the processes of containers wrote to stdout and stderr, each on the same stream here.'],
  usage: '[options] CONTAINER [CONTAINER...]',
  examples: ['logs web', 'logs --tail 2 web', 'logs --follow --since 10m web db'],
  flags: {
    ...logFlags,
    latest: latestFlag,
  },
  positional: {
    ...atLeast(1, 'specify at least one container name or ID to log'),
    replacedBy: 'latest',
    notWithReplacement: '--latest and containers cannot be used together',
  },
  async run({ flags, positional, context }) {
    const options = logOptions(flags);
    const runtime = await context.runtime();
    const containers = flags.latest
      ? [await runtime.latestContainer()]
      : (await namedContainers(runtime, positional)).map(({ container }) => container);
    await printLogs(containers, context.output, { ...flags, options, prefixed: containers.length > 1 });
    return 0;
  },
});
