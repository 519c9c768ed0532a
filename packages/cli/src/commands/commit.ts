import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ImageFormat } from '@tspod/core';
import { defineCommand } from '../grammar/command.ts';
import { UsageError } from '../grammar/usage-error.ts';
import { changeFlag } from '../image-flags.ts';

const formats: Readonly<Record<string, ImageFormat>> = { oci: 'oci', docker: 'docker' };

export const command = defineCommand({
  description: [
    'Makes an image of what a container changed, and prints its id. A container of a directory becomes an image with all of its tree.',
  ],
  usage: '[options] CONTAINER [IMAGE]',
  examples: [
    'commit web web:changed',
    'commit --change "CMD [\\"sh\\"]" --format docker --message "with tools" web',
    'commit --squash web',
  ],
  flags: {
    author: { kind: 'string', shorthand: 'a', help: 'Who made the image' },
    change: changeFlag,
    format: {
      kind: 'string',
      shorthand: 'f',
      default: 'oci',
      help: 'Format of manifest and config: oci or docker',
      metavar: 'Format',
    },
    iidfile: { kind: 'string', help: 'File to write the id of the image to', metavar: 'file' },
    'include-volumes': {
      kind: 'bool',
      help: 'All mount points become volumes of the image, not only those of volumes without a name',
    },
    message: { kind: 'string', shorthand: 'm', help: 'Comment on the image, with docker format only' },
    pause: { kind: 'bool', shorthand: 'p', help: 'Pause the container meanwhile' },
    quiet: { kind: 'bool', shorthand: 'q', help: 'Do not show how it goes on' },
    squash: { kind: 'bool', shorthand: 's', help: 'One layer with everything' },
  },
  positional: { minimum: 1, maximum: 2 },
  async run({ flags, positional: [idOrName = '', name], context }) {
    const format = Object.hasOwn(formats, flags.format) ? formats[flags.format] : undefined;
    if (format === undefined) throw new UsageError(`unrecognized image format "${flags.format}"`);
    const container = await (await context.runtime()).container(idOrName);
    const { author, change: changes, message, pause, squash } = flags;
    const includeVolumes = flags['include-volumes'];
    const { id } = await container.commit({ name, author, changes, message, pause, squash, format, includeVolumes });
    if (flags.iidfile !== undefined) writeFileSync(resolve(context.workingDirectory, flags.iidfile), id, { mode: 0o644 });
    context.output.line(id);
    return 0;
  },
});
