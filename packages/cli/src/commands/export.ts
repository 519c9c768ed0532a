import { writeArchive } from '../archive-output.ts';
import { defineCommand } from '../grammar/command.ts';
import { exactly } from '../grammar/positional.ts';

export const command = defineCommand({
  description: ["Writes a container's root filesystem as a tar archive, without what is mounted into it."],
  usage: '[options] CONTAINER',
  examples: ['export web > web.tar', 'export --output web.tar web'],
  flags: {
    output: { kind: 'string', shorthand: 'o', help: 'File to write in place of stdout' },
  },
  positional: exactly(1),
  async run({ flags, positional: [name = ''], context }) {
    await writeArchive(context, flags.output, async (target, options) => {
      const container = await (await context.runtime()).container(name);
      await container.export(target, options);
    });
    return 0;
  },
});
