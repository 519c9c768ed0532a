import { allLabels, parseUntil } from '../container/filters.ts';
import type { NetworkDefinition } from '../contracts/network.ts';
import { InvalidArgumentError } from '../errors.ts';

/** Keys with their values, as `network ls --filter KEY=VALUE` gives them. */
export type NetworkFilters = Readonly<Record<string, readonly string[]>>;

export interface NetworkSubject {
  readonly network: NetworkDefinition;
  readonly isUsed: boolean;
  readonly isDefault: boolean;
}

type NetworkFilter = (subject: NetworkSubject) => boolean;

const filters: Readonly<Record<string, (values: readonly string[], now: number) => NetworkFilter>> = {
  name: (values) => {
    const expressions = values.map((value) => expression('name', value));
    return ({ network }) => expressions.some((one) => one.test(network.name));
  },
  id: (values) => {
    const expressions = values.map((value) => (/^[0-9a-f]+$/.test(value) ? new RegExp(`^${value}`) : expression('id', value)));
    return ({ network }) => expressions.some((one) => one.test(network.id));
  },
  driver:
    (values) =>
    ({ network }) =>
      values.includes(network.driver),
  label: (values) => {
    const fits = allLabels(values);
    return ({ network }) => fits(network.labels);
  },
  'label!': (values) => {
    const fits = allLabels(values);
    return ({ network }) => !fits(network.labels);
  },
  until: (values, now) => {
    const limit = parseUntil(values, now);
    return ({ network }) => Date.parse(network.createdAt) < limit;
  },
  dangling: (values) => {
    const wanted = values.map(parseDangling);
    return ({ isUsed, isDefault }) => wanted.includes(!isUsed && !isDefault);
  },
};

const prunable: readonly string[] = ['label', 'label!', 'until'];

/**
 * The test that all of the filters together make: a network must fit each key, by any of its values (by all of them for `label`).
 * @throws {InvalidArgumentError} `invalid-filter`
 */
export function networkFilter(wanted: NetworkFilters, verb: 'list' | 'prune', now: number): NetworkFilter {
  const known = verb === 'prune' ? prunable : Object.keys(filters);
  const tests = Object.entries(wanted).map(([key, values]) => {
    const make = known.includes(key) ? filters[key] : undefined;
    if (make === undefined) throw invalid(`invalid filter ${JSON.stringify(key)}`, `known ones are ${known.join(', ')}`);
    return make(values, now);
  });
  return (subject) => tests.every((test) => test(subject));
}

function parseDangling(value: string): boolean {
  if (/^(1|t|true)$/i.test(value)) return true;
  if (/^(0|f|false)$/i.test(value)) return false;
  throw invalid(`invalid dangling filter value ${JSON.stringify(value)}`, 'it is true or false');
}

function expression(key: string, value: string): RegExp {
  try {
    return new RegExp(value);
  } catch (error) {
    throw invalid(`${key}=${value} is an invalid filter: ${(error as Error).message}`, 'the value is a regular expression');
  }
}

function invalid(message: string, hint: string): InvalidArgumentError {
  return new InvalidArgumentError(message, { code: 'invalid-filter', hint });
}
