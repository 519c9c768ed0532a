import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { defineCommand } from '../grammar/command.ts';
import { interruptible } from '../interruptible.ts';
import { pushFlags, pushOptionsOf } from '../push-flags.ts';
import { registryAccess } from '../registry-flags.ts';
import { transferProgress } from '../transfer-progress.ts';

export const command = defineCommand({
  description: [
    'Copies an image to a registry, or to where TRANSPORT:DETAILS says: docker-archive:, oci-archive:, oci: or dir:.',
    'Without a destination it goes where its name says.',
  ],
  usage: '[options] IMAGE [DESTINATION]',
  examples: ['push localhost/web:v1 registry.example.com/team/web:v1', 'push web oci-archive:/tmp/web.tar:web'],
  flags: {
    ...pushFlags,
    compress: { kind: 'bool', help: 'Compress the layers that go into a directory' },
    'disable-content-trust': { kind: 'bool', hidden: true, help: 'Of no effect' },
  },
  positional: { minimum: 1, maximum: 2 },
  async run({ flags, given, positional: [reference = '', destination], context }) {
    const options = {
      ...pushOptionsOf(flags),
      ...(await registryAccess(flags, given, context)),
      ...transferProgress(context.output, flags.quiet),
      compress: flags.compress,
    };
    const { images } = await context.runtime();
    const { digest } = await interruptible('the image may be incomplete there', (signal) =>
      images.push(reference, destination, { ...options, signal }),
    );
    if (flags.digestfile !== undefined) writeFileSync(resolve(context.workingDirectory, flags.digestfile), digest);
    return 0;
  },
});
