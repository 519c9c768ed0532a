import { type Image, type ImageInspect, parseTime, repositoryOf } from '@tspod/core';
import type { Runtime } from 'tspod';
import { UsageError } from './grammar/usage-error.ts';

type Test = (image: Image, details: () => Promise<ImageInspect>) => boolean | Promise<boolean>;

/** Filters that `images` and `image prune` take, by their names. Each answers a test for one value. */
const filters: Readonly<Record<string, (value: string, runtime: Runtime) => Test | Promise<Test>>> = {
  async before(value, { images }) {
    const { createdAt } = await images.get(value);
    return (image) => Date.parse(image.createdAt) < Date.parse(createdAt);
  },
  async since(value, { images }) {
    const { createdAt } = await images.get(value);
    return (image) => Date.parse(image.createdAt) > Date.parse(createdAt);
  },
  async containers(value, runtime) {
    const wanted = flagOf('containers', value);
    const used = new Set(
      (await runtime.listContainers({ all: true })).flatMap(({ rootfs }) => (rootfs.kind === 'image' ? [rootfs.imageId] : [])),
    );
    return ({ id }) => used.has(id) === wanted;
  },
  dangling: (value) => {
    const wanted = flagOf('dangling', value);
    return ({ names }) => (names.length === 0) === wanted;
  },
  id: (value) => (image) => image.id.startsWith(value.replace(/^sha256:/, '')),
  label: (value) => async (_, details) => hasLabel((await details()).Labels, value),
  'label!': (value) => async (_, details) => !hasLabel((await details()).Labels, value),
  readonly: (value) => {
    const wanted = flagOf('readonly', value);
    return (image) => image.readOnly === wanted;
  },
  reference: (value) => {
    const pattern = globPattern(value);
    return ({ names }) => names.some((name) => spellings(name).some((spelling) => pattern.test(spelling)));
  },
  until: (value) => {
    const limit = parseTime(value, { now: Date.now(), direction: 'past', option: '--filter until' });
    return (image) => Date.parse(image.createdAt) < limit;
  },
};

/** One filter accepts an image when one of its values does; all filters must. @throws {UsageError} in podman's words. */
export async function imageFilter(words: readonly string[], runtime: Runtime): Promise<(image: Image) => Promise<boolean>> {
  const tests = new Map<string, Test[]>();
  for (const word of words) {
    const [, key, value] = /^([^=]*?)=(.*)$/s.exec(word) ?? [];
    if (key === undefined || value === undefined)
      throw new UsageError(`invalid image filter "${word}": must be in the format "filter=value or filter!=value"`);
    const name = key === 'after' ? 'since' : key;
    const filter = Object.hasOwn(filters, name) ? filters[name] : undefined;
    if (filter === undefined) throw new UsageError(`unsupported image filter "${key}"`);
    tests.set(name, [...(tests.get(name) ?? []), await filter(value, runtime)]);
  }
  return async (image) => {
    const details = () => runtime.images.inspect(image.id);
    for (const [name, alternatives] of tests) {
      const results = await Promise.all(alternatives.map((test) => test(image, details)));
      const needsAll = name.startsWith('label');
      if (needsAll ? results.includes(false) : !results.includes(true)) return false;
    }
    return true;
  };
}

function flagOf(name: string, value: string): boolean {
  if (['1', 't', 'T', 'true', 'TRUE', 'True'].includes(value)) return true;
  if (['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(value)) return false;
  throw new UsageError(
    `non-boolean value "${value}" for ${name} filter: strconv.ParseBool: parsing ${JSON.stringify(value)}: invalid syntax`,
  );
}

function hasLabel(labels: Readonly<Record<string, string>> | null, text: string): boolean {
  const [key = '', ...value] = text.split('=');
  return labels !== null && Object.hasOwn(labels, key) && (value.length === 0 || labels[key] === value.join('='));
}

/** A name may be given with less and less of its beginning, and without its tag. */
function spellings(name: string): string[] {
  const whole = [name, repositoryOf(name)];
  return whole.flatMap((text) => text.split('/').map((_, index, parts) => parts.slice(index).join('/')));
}

function globPattern(glob: string): RegExp {
  const text = glob
    .replace(/[.+^${}()|\\]/g, '\\$&')
    .replaceAll('*', '[^/]*')
    .replaceAll('?', '[^/]');
  return new RegExp(`^${text}$`);
}
