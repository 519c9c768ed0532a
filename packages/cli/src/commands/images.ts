import { EngineError, humanDuration, type Image, type ImageInspect, repositoryOf, shortId } from '@tspod/core';
import type { Runtime } from 'tspod';
import { readFormat } from '../format/report.ts';
import type { Column } from '../format/table.ts';
import type { Report } from '../format/template-report.ts';
import { goTime, humanSize, unixSeconds } from '../format/text.ts';
import { defineCommand } from '../grammar/command.ts';
import { atMost } from '../grammar/positional.ts';
import { UsageError } from '../grammar/usage-error.ts';

const none = '<none>';

export const command = defineCommand({
  description: ['Lists images, one line per name, the newest first.'],
  usage: '[options] [IMAGE]',
  examples: ['images', 'images --digests busybox', 'images --all --no-trunc'],
  flags: {
    all: { kind: 'bool', shorthand: 'a', help: 'Those that are only a step of the build of another one, too' },
    digests: { kind: 'bool', help: 'One more column, with the digests' },
    filter: {
      kind: 'stringArray',
      shorthand: 'f',
      help: 'Only those that it fits: before, dangling, id, label, readonly, reference, since, until …',
    },
    format: { kind: 'string', help: 'json or a Go template, in place of a table' },
    history: { kind: 'bool', help: 'One more column, with the names that the image has had' },
    'no-trunc': { kind: 'bool', help: 'Whole ids' },
    noheading: { kind: 'bool', shorthand: 'n', help: 'No line of titles' },
    quiet: { kind: 'bool', shorthand: 'q', help: 'Only the ids' },
    sort: { kind: 'string', default: 'created', help: 'created, id, repository, size or tag' },
  },
  positional: atMost(1),
  async run({ flags, positional, context: { output, runtime: open } }) {
    const order = Object.hasOwn(orders, flags.sort) ? orders[flags.sort] : undefined;
    if (order === undefined) throw new UsageError(unknownOrder(flags.sort));
    const idOf = ({ id }: Image) => (flags['no-trunc'] ? `sha256:${id}` : shortId(id));
    const now = Date.now();
    const format = await readFormat(flags.format, report({ idOf, now }));
    const runtime = await open();
    const found = await select(runtime, positional[0]);
    const shown = flags.all ? found : await withoutIntermediate(runtime, found);
    const images = flags.filter.length === 0 ? shown : await filtered(runtime, shown, flags.filter);
    images.sort((one, other) => Date.parse(other.createdAt) - Date.parse(one.createdAt));
    const rows = images.flatMap(rowsOf);
    if (order !== null) rows.sort(order);
    if (format === 'json') output.json(await describeImages(runtime, images), 4);
    else if (format !== undefined) output.text(format(rows));
    else if (flags.quiet) for (const image of images) output.line(idOf(image));
    else
      output.table(columns({ idOf, digests: flags.digests, history: flags.history, now }), rows, { heading: !flags.noheading });
    return 0;
  },
});

/** All images, or the one of a name; none when nothing has it. */
async function select({ images }: Runtime, reference: string | undefined): Promise<Image[]> {
  if (reference === undefined) return [...(await images.list())];
  try {
    return [await images.get(reference)];
  } catch (error) {
    if (EngineError.isInstance(error) && error.code === 'no-such-image') return [];
    throw error;
  }
}

/** An image without a name on which another one was built is only a step of that one's build. */
async function withoutIntermediate({ images }: Runtime, found: Image[]): Promise<Image[]> {
  if (found.every(({ names }) => names.length > 0)) return found;
  const documents = new Map<string, ImageInspect>();
  for (const { id, isManifestList } of await images.list()) if (!isManifestList) documents.set(id, await images.inspect(id));
  return found.filter(({ id, names }) => {
    const own = documents.get(id);
    return names.length > 0 || own === undefined || ![...documents.values()].some((other) => isBuiltOn(other, own));
  });
}

function isBuiltOn(image: ImageInspect, base: ImageInspect): boolean {
  return (
    image.History.length > base.History.length &&
    base.History.every((step, index) => JSON.stringify(step) === JSON.stringify(image.History[index])) &&
    base.RootFS.Layers.every((layer, index) => layer === image.RootFS.Layers[index])
  );
}

async function filtered(runtime: Runtime, found: readonly Image[], words: readonly string[]): Promise<Image[]> {
  const { imageFilter } = await import('../image-filters.ts');
  const fits = await imageFilter(words, runtime);
  const verdicts = await Promise.all(found.map(fits));
  return found.filter((_, index) => verdicts[index]);
}

/** Null: as they are, the newest first. */
const orders: Readonly<Record<string, ((one: ImageRow, other: ImageRow) => number) | null>> = {
  created: null,
  id: by(({ image }) => image.id),
  repository: by(({ name }) => (name === undefined ? none : repositoryOf(name))),
  size: (one, other) => one.image.size - other.image.size,
  tag: by(({ name }) => tagOf(name) ?? none),
};

function by(key: (row: ImageRow) => string): (one: ImageRow, other: ImageRow) => number {
  return (one, other) => (key(one) < key(other) ? -1 : key(one) > key(other) ? 1 : 0);
}

function unknownOrder(name: string): string {
  return `"${name}" is not a valid field for sorting. Choose from: repository, size, tag, created, id`;
}

interface ImageRow {
  readonly image: Image;
  readonly name: string | undefined;
}

/** One row per name. */
export function rowsOf(image: Image): ImageRow[] {
  return image.names.length === 0 ? [{ image, name: undefined }] : image.names.map((name) => ({ image, name }));
}

function columns(options: {
  readonly idOf: (image: Image) => string;
  readonly digests: boolean;
  readonly history: boolean;
  readonly now: number;
}): Column<ImageRow>[] {
  return [
    { title: 'REPOSITORY', cell: ({ name }) => (name === undefined ? none : repositoryOf(name)) },
    { title: 'TAG', cell: ({ name }) => tagOf(name) ?? none },
    ...(options.digests ? [{ title: 'DIGEST', cell: ({ image }: ImageRow) => image.digest ?? none }] : []),
    { title: 'IMAGE ID', cell: ({ image }) => options.idOf(image) },
    { title: 'CREATED', cell: ({ image }) => `${humanDuration(options.now - Date.parse(image.createdAt))} ago` },
    { title: 'SIZE', cell: ({ image }) => humanSize(image.size) },
    ...(options.history ? [{ title: 'HISTORY', cell: ({ image }: ImageRow) => image.namesHistory.join(', ') || none }] : []),
  ];
}

/** What podman's templates know of an image. */
function report({ idOf, now }: { readonly idOf: (image: Image) => string; readonly now: number }): Report<ImageRow> {
  const since = ({ image }: ImageRow) => `${humanDuration(now - Date.parse(image.createdAt))} ago`;
  return {
    name: 'images',
    type: 'images.imageReporter',
    fields: {
      Created: since,
      CreatedAt: ({ image }) => goTime(image.createdAt),
      CreatedSince: ['CREATED', since],
      Digest: ({ image }) => image.digest ?? none,
      History: ({ image }) => image.namesHistory.join(', '),
      ID: ['IMAGE ID', ({ image }) => idOf(image)],
      Names: ({ image }) => image.names,
      ReadOnly: ['R/O', ({ image }) => image.readOnly],
      Repository: ({ name }) => (name === undefined ? none : repositoryOf(name)),
      Size: ({ image }) => humanSize(image.size),
      Tag: ({ name }) => tagOf(name) ?? none,
      VirtualSize: ({ image }) => image.size,
    },
  };
}

/** Undefined: a name with a digest. */
export function tagOf(name: string | undefined): string | undefined {
  if (name === undefined || name.includes('@')) return undefined;
  return name.slice(repositoryOf(name).length + 1) || undefined;
}

/** podman's documents, with their fields and the order of these: one per name. */
async function describeImages(runtime: Runtime, images: readonly Image[]) {
  const containers = await runtime.listContainers({ all: true });
  const documents = [];
  for (const image of images) {
    const { Labels } = await runtime.images.inspect(image.id);
    const users = containers.filter(({ rootfs }) => rootfs.kind === 'image' && rootfs.imageId === image.id).length;
    documents.push(...rowsOf(image).map(() => describeImage(image, Labels, users)));
  }
  return documents;
}

export function describeImage(image: Image, labels: ImageInspect['Labels'], containers: number) {
  return {
    Id: image.id,
    ParentId: '',
    RepoTags: null,
    RepoDigests: image.names.flatMap((name) => image.digests.map((digest) => `${repositoryOf(name)}@${digest}`)).sort(),
    Size: image.size,
    SharedSize: 0,
    VirtualSize: image.size,
    Labels: labels,
    Containers: containers,
    ...(image.readOnly ? { ReadOnly: true } : {}),
    ...(image.names.length === 0 ? { Dangling: true } : { Names: image.names }),
    Digest: image.digest ?? '',
    History: image.namesHistory,
    Created: unixSeconds(image.createdAt),
    CreatedAt: image.createdAt.replace(/\.\d+Z$/, 'Z'),
  };
}
