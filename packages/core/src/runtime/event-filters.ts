import { labelPattern } from '../container/filters.ts';
import type { EngineEvent, EventType } from '../contracts/event-log.ts';
import { InvalidArgumentError } from '../errors.ts';

/** Keys with their values, as `events --filter KEY=VALUE` gives them. */
export type EventFilters = Readonly<Record<string, readonly string[]>>;

type Test = (event: EngineEvent) => boolean;

const types: readonly string[] = ['container', 'pod', 'image', 'volume', 'network', 'secret', 'system'] satisfies EventType[];

/** What an event of a type happened to, by its name or the beginning of its id. */
const subject =
  (type: EventType) =>
  (value: string): Test =>
  (event) =>
    event.type === type && (event.name === value || (value !== '' && event.id.startsWith(value)));

const action = (value: string): Test => {
  // podman's older words for the same
  const word = { die: 'died', rm: 'remove', rmi: 'remove' }[value] ?? value;
  return (event) => event.action === word;
};

const filters: Readonly<Record<string, (value: string) => Test>> = {
  container: subject('container'),
  event: action,
  status: action,
  image: subject('image'),
  label: (value) => {
    const matches = labelPattern(value);
    return ({ attributes }) => matches(attributes);
  },
  network: (value) => {
    const isNetwork = subject('network')(value);
    return (event) => isNetwork(event) || event.network === value;
  },
  pod: (value) => {
    const isPod = subject('pod')(value);
    return (event) => isPod(event) || (value !== '' && event.podId?.startsWith(value) === true);
  },
  secret: subject('secret'),
  type: (value) => {
    if (types.includes(value)) return (event) => event.type === value;
    throw invalid(`type=${value}`, `choose one of ${types.join(', ')}`);
  },
  volume: subject('volume'),
};

/**
 * The test that all filters together make: an event must fit each key, by any of its values (by all of them for `label`). Keys in
 * capitals are as good.
 *
 * @throws {InvalidArgumentError} `invalid-filter`
 */
export function eventFilter(wanted: EventFilters): Test {
  const tests = Object.entries(wanted).flatMap(([given, values]): Test[] => {
    const key = given.toLowerCase();
    const make = Object.hasOwn(filters, key) ? filters[key] : undefined;
    if (make === undefined) throw invalid(given, `known ones are ${Object.keys(filters).join(', ')}`);
    const each = values.map(make);
    if (each.length === 0) return [];
    return [key === 'label' ? (event) => each.every((test) => test(event)) : (event) => each.some((test) => test(event))];
  });
  return (event) => tests.every((test) => test(event));
}

function invalid(text: string, hint: string): InvalidArgumentError {
  return new InvalidArgumentError(`${text} is an invalid filter`, { code: 'invalid-filter', hint });
}
