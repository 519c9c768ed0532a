import { allLabels } from '../container/filters.ts';
import { displayStatus } from '../container/state.ts';
import { parseDuration, parseTime } from '../durations.ts';
import { InvalidArgumentError } from '../errors.ts';
import type { PodSummary } from './summary.ts';

/** Keys with their values, as `pod ps --filter KEY=VALUE` gives them. */
export type PodFilters = Readonly<Record<string, readonly string[]>>;

type PodTest = (pod: PodSummary) => boolean;

const podStatuses: readonly string[] = ['stopped', 'running', 'paused', 'exited', 'dead', 'created', 'degraded'];
const containerStatuses: readonly string[] = ['created', 'running', 'paused', 'stopped', 'exited', 'unknown'];

/** Tests by podman's keys: whether a pod fits any of the values, or all of them for `label`. */
const tests: Readonly<Record<string, (values: readonly string[]) => PodTest>> = {
  id: (values) => {
    const fits = anyExpression('id', values);
    return ({ config }) => fits(config.id);
  },
  name: (values) => {
    const fits = anyExpression('name', values);
    return ({ config }) => fits(config.name);
  },
  label: (values) => {
    const fits = allLabels(values);
    return ({ config }) => fits(config.labels);
  },
  status: (values) => {
    for (const value of values)
      if (!podStatuses.includes(value)) throw invalid(`${value} is not a valid pod status`, podStatuses);
    return ({ status }) => values.includes(status.toLowerCase());
  },
  until: (values) => {
    const limit = parseUntil(values);
    return ({ config }) => Date.parse(config.createdAt) < limit;
  },
  network:
    (values) =>
    ({ networks }) =>
      networks.some((network) => values.includes(network)),
  'ctr-ids': (values) => {
    const fits = anyExpression('ctr-ids', values);
    return ({ containers }) => containers.some(({ id }) => fits(id));
  },
  'ctr-names': (values) => {
    const fits = anyExpression('ctr-names', values);
    return ({ containers }) => containers.some(({ name }) => fits(name));
  },
  'ctr-number': (values) => {
    for (const value of values) if (!/^\d+$/.test(value)) throw invalid(`${value} is not a number of containers`);
    return ({ containers }) => values.some((value) => Number(value) === containers.length);
  },
  'ctr-status': (values) => {
    for (const value of values) {
      if (!containerStatuses.includes(value)) throw invalid(`${value} is not a valid status`, containerStatuses);
    }
    const wanted = values.map((value) => (value === 'stopped' ? 'exited' : value));
    return ({ containers }) => containers.some(({ state }) => wanted.includes(displayStatus(state).replace('stopped', 'exited')));
  },
};

/**
 * The test that all of the filters together make.
 * @throws {InvalidArgumentError} `invalid-filter` naming the key or value.
 */
export function podFilter(filters: PodFilters): PodTest {
  const chosen = Object.entries(filters).map(([key, values]) => {
    const make = Object.hasOwn(tests, key) ? tests[key] : undefined;
    if (make === undefined) throw invalid(`${key} is an invalid filter`, Object.keys(tests));
    return make(values);
  });
  return (pod) => chosen.every((test) => test(pod));
}

function anyExpression(key: string, values: readonly string[]): (text: string) => boolean {
  const expressions = values.map((value) => {
    try {
      return new RegExp(value);
    } catch (error) {
      throw invalid(`${key}=${value} is an invalid filter: ${(error as Error).message}`);
    }
  });
  return (text) => expressions.some((one) => one.test(text));
}

function parseUntil(values: readonly string[]): number {
  const [value = ''] = values;
  if (values.length > 1) throw invalid('specify exactly one timestamp for until');
  if (parseDuration(value) === undefined && !/^-?\d/.test(value)) {
    throw invalid(`failed to parse value as time or duration: "${value}"`);
  }
  return parseTime(value, { now: Date.now(), direction: 'past', option: 'until' });
}

function invalid(message: string, choices?: readonly string[]): InvalidArgumentError {
  const hint = choices === undefined ? undefined : `known ones are ${choices.join(', ')}`;
  return new InvalidArgumentError(message, { code: 'invalid-filter', hint });
}
