import { humanDuration, type Image, type ImageInspect, repositoryOf, shortId } from '@tspod/core';
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
      help: 'Only those that it fits: before, dangling, id, intermediate, label, manifest, readonly, reference, since, until …',
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
    const format = await readFormat(flags.format, report({ idOf, now }), { heading: !flags.noheading });
    const runtime = await open();
    const filters = [...flags.filter, ...positional.map((name) => `reference=${name}`)];
    const hasNameless = (images: readonly Image[]) => images.some(({ names }) => names.length === 0);
    const found = await filtered(runtime, [...(await runtime.images.list())], filters);
    const images = flags.all || !hasNameless(found) ? found : await filtered(runtime, found, ['intermediate=false']);
    images.sort((one, other) => Date.parse(other.createdAt) - Date.parse(one.createdAt));
    const wantsUse = format === 'json' || (format !== undefined && /\.(Labels|Containers)\b/.test(flags.format ?? ''));
    const uses = wantsUse ? await usesOf(runtime, images) : new Map<string, ImageUse>();
    const rows = images.flatMap((image) => rowsOf(image, uses.get(image.id)));
    if (order !== null) rows.sort(order);
    if (format === 'json')
      output.json(
        rows.map(({ image, use }) => describeImage(image, use?.labels ?? null, use?.containers ?? 0)),
        4,
      );
    else if (format !== undefined) output.text(format(rows));
    else if (flags.quiet) for (const image of images) output.line(idOf(image));
    else
      output.table(columns({ idOf, digests: flags.digests, history: flags.history, now }), rows, {
        heading: !flags.noheading,
        whole: flags['no-trunc'],
      });
    return 0;
  },
});

async function filtered(runtime: Runtime, found: readonly Image[], words: readonly string[]): Promise<Image[]> {
  if (words.length === 0) return [...found];
  const { imageFilter } = await import('../image-filters.ts');
  const fits = await imageFilter(words, runtime);
  const verdicts = await Promise.all(found.map(fits));
  return found.filter((_, index) => verdicts[index]);
}

/** Null: as they are, the newest first. */
const orders: Readonly<Record<string, ((one: ImageRow, other: ImageRow) => number) | null>> = {
  repository: by(({ name }) => name ?? none),
  size: (one, other) => one.image.size - other.image.size,
  tag: by(({ name }) => tagOf(name) ?? none),
  created: null,
  id: by(({ image }) => image.id),
};

function by(key: (row: ImageRow) => string): (one: ImageRow, other: ImageRow) => number {
  return (one, other) => (key(one) < key(other) ? -1 : key(one) > key(other) ? 1 : 0);
}

function unknownOrder(name: string): string {
  return `"${name}" is not a valid field for sorting. Choose from: ${Object.keys(orders).join(', ')}`;
}

interface ImageRow {
  readonly image: Image;
  readonly name: string | undefined;
  /** Undefined: nobody asked. */
  readonly use?: ImageUse | undefined;
}

/** One row per name. */
export function rowsOf(image: Image, use?: ImageUse): ImageRow[] {
  return image.names.length === 0 ? [{ image, name: undefined, use }] : image.names.map((name) => ({ image, name, use }));
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
      Containers: ({ use }) => use?.containers,
      Created: since,
      CreatedAt: ({ image }) => goTime(image.createdAt),
      CreatedSince: ['CREATED', since],
      CreatedTime: ({ image }) => goTime(image.createdAt),
      Dangling: ({ image }) => image.names.length === 0,
      Digest: ({ image }) => image.digest ?? none,
      History: ({ image }) => image.namesHistory.join(', '),
      ID: ['IMAGE ID', ({ image }) => idOf(image)],
      Labels: ({ use }) => use?.labels ?? {},
      Names: ({ image }) => image.names,
      ParentId: ['PARENT ID', () => ''],
      RepoDigests: ['REPO DIGESTS', ({ image }) => repoDigests(image)],
      RepoTags: ['REPO TAGS', ({ image }) => image.names],
      ReadOnly: ['R/O', ({ image }) => image.readOnly],
      Repository: ({ name }) => (name === undefined ? none : repositoryOf(name)),
      SharedSize: ['SHARED SIZE', () => 0],
      Size: ({ image }) => humanSize(image.size),
      Tag: ({ name }) => tagOf(name) ?? none,
      VirtualSize: ['VIRTUAL SIZE', ({ image }) => image.size],
    },
  };
}

/** Undefined: a name with a digest. */
export function tagOf(name: string | undefined): string | undefined {
  if (name === undefined || name.includes('@')) return undefined;
  return name.slice(repositoryOf(name).length + 1) || undefined;
}

/** What takes a look at other things than the image's record. */
interface ImageUse {
  readonly labels: ImageInspect['Labels'];
  /** How many have been made from it. */
  readonly containers: number;
}

async function usesOf(runtime: Runtime, images: readonly Image[]): Promise<ReadonlyMap<string, ImageUse>> {
  const containers = await runtime.listContainers({ all: true });
  const uses = images.map(async ({ id }) => {
    const { Labels: labels } = await runtime.images.inspect(id);
    const users = containers.filter(({ rootfs }) => rootfs.kind === 'image' && rootfs.imageId === id).length;
    return [id, { labels, containers: users }] as const;
  });
  return new Map(await Promise.all(uses));
}

/** podman's document, with its fields and their order: one per name. */
function describeImage(image: Image, labels: ImageInspect['Labels'], containers: number) {
  return {
    Id: image.id,
    ParentId: '',
    RepoTags: null,
    RepoDigests: repoDigests(image),
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

function repoDigests({ names, digests }: Image): string[] {
  return names.flatMap((name) => digests.map((digest) => `${repositoryOf(name)}@${digest}`)).sort();
}
