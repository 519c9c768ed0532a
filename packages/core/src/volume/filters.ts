import { allLabels, parseUntil } from '../container/filters.ts';
import { InvalidArgumentError } from '../errors.ts';
import type { VolumeConfig } from './config.ts';

/** Keys with their values, as `volume ls --filter KEY=VALUE` gives them. */
export type VolumeFilters = Readonly<Record<string, readonly string[]>>;

export interface VolumeSubject {
  readonly config: VolumeConfig;
  readonly isUsed: boolean;
}

type VolumeFilter = (volume: VolumeSubject) => boolean;

const listing: Readonly<Record<string, (values: readonly string[], now: number) => VolumeFilter>> = {
  driver:
    (values) =>
    ({ config }) =>
      values.includes(config.driver),
  name: (values) => {
    const expressions = values.map(expression);
    return ({ config }) => expressions.some((one) => one.test(config.name));
  },
  scope: (values) => () => values.includes('local'),
  label: (values) => {
    const fits = allLabels(values);
    return ({ config }) => fits(config.labels);
  },
  'label!': (values) => {
    const fits = allLabels(values);
    return ({ config }) => !fits(config.labels);
  },
  opt: (values) => {
    const wanted = values.map((value) => [value.split('=', 1)[0] ?? '', value.slice(value.indexOf('=') + 1 || value.length)]);
    return ({ config: { options } }) =>
      wanted.some(([key = '', value]) => Object.hasOwn(options, key) && (value === '' || options[key] === value));
  },
  until: (values, now) => {
    const limit = parseUntil(values, now);
    return ({ config }) => Date.parse(config.createdAt) < limit;
  },
  dangling: (values) => {
    const wanted = values.map(parseDangling);
    return ({ isUsed }) => wanted.includes(!isUsed);
  },
};

const prunable: readonly string[] = ['label', 'label!', 'until'];

/**
 * The test that all of the filters together make: a volume must fit each key, by any of its values (by all of them for `label`).
 * @throws {InvalidArgumentError} `invalid-filter`
 */
export function volumeFilter(filters: VolumeFilters, verb: 'list' | 'prune', now: number): VolumeFilter {
  const known = verb === 'prune' ? prunable : Object.keys(listing).filter((key) => key !== 'label!');
  const tests = Object.entries(filters).map(([key, values]) => {
    const make = known.includes(key) ? listing[key] : undefined;
    if (make === undefined) throw invalid(`"${key}" is an invalid volume filter`, `known ones are ${known.join(', ')}`);
    return make(values, now);
  });
  return (volume) => tests.every((test) => test(volume));
}

function parseDangling(value: string): boolean {
  if (/^(1|t|true)$/i.test(value)) return true;
  if (/^(0|f|false)$/i.test(value)) return false;
  throw invalid(`"${value}" is not a valid value for the "dangling" filter - must be true or false`);
}

function expression(value: string): RegExp {
  try {
    return new RegExp(value);
  } catch (error) {
    throw invalid(`name=${value} is an invalid filter: ${(error as Error).message}`, 'the value is a regular expression');
  }
}

function invalid(message: string, hint?: string): InvalidArgumentError {
  return new InvalidArgumentError(message, { code: 'invalid-filter', hint });
}
