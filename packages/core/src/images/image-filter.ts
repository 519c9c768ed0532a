import type { Image } from '../contracts/image.ts';
import { parseTime } from '../durations.ts';
import { InvalidArgumentError } from '../errors.ts';
import { type ImageInspect, repositoryOf } from '../runtime/inspect-image.ts';

/** podman's keys, each with its values: `before`, `since` or `after`, `containers`, `dangling`, `id`, `intermediate`, `label`, `label!`, `manifest`, `readonly`, `reference`, `until`. */
export type ImageFilters = Readonly<Record<string, readonly string[]>>;

/** What filters ask for. */
export interface ImageFilterLookups {
  get(reference: string): Promise<Image>;
  inspect(reference: string): Promise<ImageInspect>;
  intermediate(): Promise<ReadonlySet<string>>;
  /** Ids of the images that containers have. */
  used(): Promise<ReadonlySet<string>>;
}

type Test = (image: Image, details: () => Promise<ImageInspect>) => boolean | Promise<boolean>;

/** By their names. Each answers a test for one value. */
const known: Readonly<Record<string, (value: string, lookups: ImageFilterLookups) => Test | Promise<Test>>> = {
  async before(value, { get }) {
    const { createdAt } = await get(value);
    return (image) => Date.parse(image.createdAt) < Date.parse(createdAt);
  },
  async since(value, { get }) {
    const { createdAt } = await get(value);
    return (image) => Date.parse(image.createdAt) > Date.parse(createdAt);
  },
  async containers(value, lookups) {
    const wanted = flagOf('containers', value);
    const used = await lookups.used();
    return ({ id }) => used.has(id) === wanted;
  },
  async dangling(value, lookups) {
    const wanted = flagOf('dangling', value);
    const steps = await lookups.intermediate();
    return ({ id, names }) => (names.length === 0 && !steps.has(id)) === wanted;
  },
  id: (value) => (image) => image.id.startsWith(value.replace(/^sha256:/, '')),
  async intermediate(value, lookups) {
    const wanted = flagOf('intermediate', value);
    const steps = await lookups.intermediate();
    return ({ id }) => steps.has(id) === wanted;
  },
  label: (value) => async (_, details) => hasLabel((await details()).Labels, value),
  'label!': (value) => async (_, details) => !hasLabel((await details()).Labels, value),
  manifest: (value) => {
    const wanted = flagOf('manifest', value);
    return ({ isManifestList }) => isManifestList === wanted;
  },
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

/**
 * A filter accepts an image when one of its values does, those of labels when all do; all filters must.
 * @throws {InvalidArgumentError} `invalid-filter`; {NotFoundError} `no-such-image` for one that a filter names.
 */
export async function imageFilter(
  filters: ImageFilters,
  lookups: ImageFilterLookups,
): Promise<(image: Image) => Promise<boolean>> {
  const tests = new Map<string, Test[]>();
  for (const [key, values] of Object.entries(filters)) {
    const name = key === 'after' ? 'since' : key;
    const filter = Object.hasOwn(known, name) ? known[name] : undefined;
    if (filter === undefined) throw new InvalidArgumentError(`unsupported image filter "${key}"`, { code: 'invalid-filter' });
    for (const value of values) tests.set(name, [...(tests.get(name) ?? []), await filter(value, lookups)]);
  }
  return async (image) => {
    const details = () => lookups.inspect(image.id);
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
  throw new InvalidArgumentError(
    `non-boolean value "${value}" for ${name} filter: strconv.ParseBool: parsing ${JSON.stringify(value)}: invalid syntax`,
    { code: 'invalid-filter' },
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
