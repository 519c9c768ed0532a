import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { defineCommand } from '../grammar/command.ts';
import { exactly } from '../grammar/positional.ts';
import { interruptible } from '../interruptible.ts';
import { pushFlags, pushOptionsOf } from '../push-flags.ts';
import { registryAccess } from '../registry-flags.ts';
import { transferProgress } from '../transfer-progress.ts';

export const command = defineCommand({
  description: ['Copies a list of manifests to a registry, with the images that it names.'],
  usage: '[options] LIST DESTINATION',
  examples: ['manifest push web docker://registry.example.com/team/web:v1'],
  flags: {
    ...pushFlags,
    all: { kind: 'bool', default: true, help: 'Push the images, too' },
    rm: { kind: 'bool', shorthand: 'p', aliases: ['purge'], help: 'Remove the list when it was pushed' },
  },
  positional: exactly(2),
  async run({ flags, given, positional: [reference = '', destination = ''], context }) {
    const options = {
      ...pushOptionsOf(flags),
      ...(await registryAccess(flags, given, context)),
      ...transferProgress(context.output, flags.quiet),
      all: flags.all,
    };
    const { images } = await context.runtime();
    const { digest } = await interruptible('the list may be incomplete there', (signal) =>
      images.pushManifestList(reference, destination, { ...options, signal }),
    );
    if (flags.digestfile !== undefined) writeFileSync(resolve(context.workingDirectory, flags.digestfile), digest);
    if (flags.rm) await images.remove(reference);
    return 0;
  },
});
