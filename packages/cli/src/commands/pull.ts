import { parsePullPolicy } from '@tspod/core';
import { defineCommand } from '../grammar/command.ts';
import { atLeast } from '../grammar/positional.ts';
import { interruptible } from '../interruptible.ts';
import { platformFlags, registryFlags } from '../registry-flag-tables.ts';
import { platformOf, registryAccess } from '../registry-flags.ts';
import { ExitError } from '../reporter.ts';
import { transferProgress } from '../transfer-progress.ts';

export const command = defineCommand({
  description: [
    'Brings images from a registry, or from where TRANSPORT:DETAILS says, into the store, and prints their ids.',
    'A short name is tried with its alias or with each search registry of registries.conf, one after the other.',
  ],
  usage: '[options] IMAGE [IMAGE...]',
  examples: ['pull quay.io/podman/hello', 'pull --all-tags registry.example.com/team/web', 'pull oci-archive:/tmp/image.tar'],
  flags: {
    ...registryFlags,
    ...platformFlags,
    'all-tags': { kind: 'bool', shorthand: 'a', help: 'Every tag of the repository' },
    'disable-content-trust': { kind: 'bool', hidden: true, help: 'Of no effect' },
    policy: { kind: 'string', default: 'always', help: 'When to pull: always, missing, never or newer' },
    quiet: { kind: 'bool', shorthand: 'q', help: 'Do not show how it goes on' },
  },
  positional: atLeast(1),
  async run({ flags, given, positional, context }) {
    const { output } = context;
    const options = {
      ...(await registryAccess(flags, given, context)),
      ...transferProgress(output, flags.quiet),
      platform: platformOf(flags),
      policy: parsePullPolicy(flags.policy),
      allTags: flags['all-tags'],
    };
    const { images } = await context.runtime();
    const failures: unknown[] = [];
    for (const name of positional) {
      try {
        const pulled = await interruptible('nothing was pulled', (signal) => images.pull(name, { ...options, signal }));
        for (const { id } of pulled) output.line(id);
      } catch (error) {
        if (error instanceof ExitError) throw error;
        failures.push(error);
      }
    }
    const last = failures.pop();
    for (const error of failures) output.error(error instanceof Error ? error.message : String(error));
    if (last !== undefined) throw last;
    return 0;
  },
});
