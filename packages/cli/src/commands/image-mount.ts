import { defineCommand } from '../grammar/command.ts';
import { UsageError } from '../grammar/usage-error.ts';

export const command = defineCommand({
  description: ['Mounts images read-only and prints where; without arguments, lists those that are mounted.'],
  usage: '[options] [IMAGE...]',
  examples: ['image mount', 'image mount busybox', 'image mount --all'],
  flags: {
    all: { kind: 'bool', shorthand: 'a', help: 'Mount every image' },
    format: { kind: 'string', help: 'json, in place of a table' },
  },
  positional: { minimum: 0, maximum: Number.POSITIVE_INFINITY },
  async run({ flags, positional, context: { output, runtime } }) {
    if (flags.all && positional.length > 0)
      throw new UsageError('when using the --all switch, you may not pass any image names or IDs');
    if (flags.format !== undefined && flags.format !== 'json') throw new UsageError('--format only supports json');
    const { images } = await runtime();
    const all = await images.list();
    const wanted = flags.all ? all.filter(({ topLayer }) => topLayer !== undefined).map(({ id }) => id) : positional;
    const mounted = [];
    for (const reference of wanted) {
      const path = await images.mount(reference);
      mounted.push({ id: (await images.get(reference)).id, path });
    }
    const shown = wanted.length > 0 ? mounted : await images.mounts();
    const rows = shown.flatMap(({ id, path }) => all.filter((image) => image.id === id).map((image) => ({ image, path })));
    if (flags.format === 'json') {
      const documents = rows.map(({ image: { id, digests, names }, path }) => ({
        ...{ id, Names: digests, Repositories: names, mountpoint: path },
      }));
      output.json(documents, 1);
    } else if (positional.length === 1) output.line(rows[0]?.path ?? '');
    else if (rows.length > 0) {
      const nameOf = ({ image }: (typeof rows)[number]) => image.names[0] ?? image.id;
      const columns = [
        { title: 'NAME', cell: nameOf },
        { title: 'PATH', cell: ({ path }: (typeof rows)[number]) => path },
      ];
      output.table(columns, rows, { heading: false });
    }
    return 0;
  },
});
