import { raise } from '../for-each.ts';
import { defineCommand } from '../grammar/command.ts';
import { namesOrAll } from '../grammar/positional.ts';

export const command = defineCommand({
  description: ['Takes back one mount of each image; an image stays mounted until as many are taken back as were made.'],
  usage: '[options] IMAGE [IMAGE...]',
  examples: ['image unmount busybox', 'image unmount --all --force'],
  flags: {
    all: { kind: 'bool', shorthand: 'a', help: 'Every image that is mounted' },
    force: { kind: 'bool', shorthand: 'f', help: 'However often it is mounted' },
  },
  positional: {
    ...namesOrAll('image name or ID must be specified'),
    notWithReplacement: 'when using the --all switch, you may not pass any image names or IDs',
  },
  async run({ flags: { all, force }, positional, context: { output, runtime } }) {
    const { images } = await runtime();
    const mounted = (await images.mounts()).map(({ id }) => id);
    const failures: unknown[] = [];
    for (const reference of all ? mounted : positional) {
      try {
        const id = await images.unmount(reference, { force });
        if (mounted.includes(id)) output.line(id);
      } catch (error) {
        failures.push(error);
      }
    }
    raise(failures, output);
    return 0;
  },
});
