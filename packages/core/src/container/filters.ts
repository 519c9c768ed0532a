import { parseDuration, parseTime } from '../durations.ts';
import { InvalidArgumentError } from '../errors.ts';
import type { ContainerConfig } from './config.ts';
import { type ContainerState, displayStatus } from './state.ts';

/** Keys with their values, as `ps --filter KEY=VALUE` gives them. */
export type ContainerFilters = Readonly<Record<string, readonly string[]>>;

/** What filters look at. */
export interface FilterSubject {
  readonly config: ContainerConfig;
  readonly state: ContainerState;
  /** A user asked for the end of its last run. */
  readonly stoppedByUser?: boolean | undefined;
  /** Names of the networks that it joins. */
  readonly networks?: readonly string[] | undefined;
  readonly podId?: string | undefined;
  readonly podName?: string | undefined;
  /** `starting`, `healthy` or `unhealthy`; empty: without health check. */
  readonly health?: string | undefined;
}

/** How filters find out what their values mean. */
export interface FilterLookups {
  /** The container with this id, name or prefix. @throws {NotFoundError} `no-such-container` */
  container(idOrName: string): Promise<Pick<ContainerConfig, 'id' | 'createdAt'>>;
  /** Milliseconds since 1970. */
  now(): number;
}

export type ContainerFilter = (container: FilterSubject) => boolean;

/** Makes the test of one key: whether a container fits any of the values (or all, where podman has it so). */
type FilterMaker = (values: readonly string[], lookups: FilterLookups) => ContainerFilter | Promise<ContainerFilter>;

/** podman's words for states; each shows what the right side lists in our words for display. */
const states: Readonly<Record<string, readonly string[]>> = {
  created: ['created'],
  initialized: ['initialized'],
  running: ['running'],
  paused: ['paused'],
  stopping: ['stopping'],
  stopped: ['stopped', 'exited'],
  exited: ['stopped', 'exited'],
  removing: ['removing'],
  unknown: ['unknown'],
};

const policies: readonly string[] = ['none', 'no', 'on-failure', 'always', 'unless-stopped'];

/** Filters that choose among containers, by podman's keys and rules. */
const listing: Readonly<Record<string, FilterMaker>> = {
  id: (values) => {
    const expressions = values.map((value) => expression('id', value));
    return ({ config }) => expressions.some((one) => one.test(config.id));
  },
  name: (values) => {
    const expressions = values.map((value) => expression('name', value));
    return ({ config }) => expressions.some((one) => one.test(config.name));
  },
  label: (values) => {
    const fits = allLabels(values);
    return ({ config }) => fits(config.labels);
  },
  'label!': (values) => {
    const fits = allLabels(values);
    return ({ config }) => !fits(config.labels);
  },
  exited: (values) => {
    const codes = values.map(parseExitCode);
    return ({ state }) => 'exitCode' in state && codes.includes(state.exitCode);
  },
  status: (values) => {
    const shown = new Set(values.flatMap(parseState));
    return ({ state }) => shown.has(displayStatus(state));
  },
  ancestor:
    (values) =>
    ({ config: { rootfs } }) =>
      rootfs.kind === 'image' && values.some((value) => isImage(rootfs.imageId, rootfs.imageName, value)),
  before: async (values, lookups) => {
    const earliest = await earliestOf(values, lookups);
    return ({ config }) => config.createdAt < earliest;
  },
  since: async (values, lookups) => {
    const earliest = await earliestOf(values, lookups);
    return ({ config }) => config.createdAt > earliest;
  },
  until: (values, lookups) => {
    const limit = parseUntil(values, lookups.now());
    return ({ config }) => Date.parse(config.createdAt) < limit;
  },
  volume: (values) => {
    const wanted = values.map((value) => value.split(':', 2));
    return ({ config }) =>
      wanted.some(([source, destination]) =>
        mountsOf(config).some(
          (mount) => mount.source === source && (destination === undefined || mount.destination === destination),
        ),
      );
  },
  network:
    (values) =>
    ({ networks = [] }) =>
      values.some((value) => networks.includes(value)),
  pod: (values) => {
    if (values.includes('')) throw new InvalidArgumentError('name or ID cannot be empty', { code: 'invalid-filter' });
    return ({ podId, podName }) =>
      podId !== undefined && values.some((value) => value === podName || (value !== '' && podId.startsWith(value)));
  },
  health:
    (values) =>
    ({ health = '' }) =>
      values.includes(health),
  'restart-policy': (values) => {
    const unknown = values.filter((value) => !policies.includes(value));
    if (unknown.length > 0) {
      throw new InvalidArgumentError(`${unknown.join(', ')} invalid restart policy`, {
        code: 'invalid-filter',
        hint: `choose one of ${policies.join(', ')}`,
      });
    }
    return ({ config }) => values.includes(config.restartPolicy?.name ?? 'none');
  },
  'should-start-on-boot': (values) => {
    const wanted = values.map(parseTruth);
    return ({ config, stoppedByUser }) => {
      const policy = config.restartPolicy?.name;
      return wanted.includes(policy === 'always' || (policy === 'unless-stopped' && !stoppedByUser));
    };
  },
};

const prunable: readonly string[] = ['label', 'label!', 'until'];

/**
 * The test that all of the filters together make: a container must fit each key, by any of its values (by all of them for `label`).
 *
 * @param verb `prune` takes only the keys that choose among containers that do not run.
 * @throws {InvalidArgumentError} `invalid-filter` naming the key or value; {NotFoundError} for a container that a value names.
 */
export async function containerFilter(
  filters: ContainerFilters,
  lookups: FilterLookups,
  verb: 'list' | 'prune' = 'list',
): Promise<ContainerFilter> {
  const tests: ContainerFilter[] = [];
  for (const [key, values] of Object.entries(filters)) {
    const known = Object.hasOwn(listing, key) && (verb === 'prune' ? prunable.includes(key) : key !== 'label!');
    const make = known ? listing[key] : undefined;
    if (make === undefined) {
      const keys = verb === 'prune' ? prunable : Object.keys(listing).filter((name) => name !== 'label!');
      throw new InvalidArgumentError(`${key} is an invalid filter`, {
        code: 'invalid-filter',
        hint: `known ones are ${keys.join(', ')}`,
      });
    }
    if (values.length > 0) tests.push(await make(values, lookups));
  }
  return (container) => tests.every((test) => test(container));
}

/**
 * Filters from texts such as `status=running`. `complaint` is about a text that is none.
 * @throws {InvalidArgumentError} `invalid-filter`
 */
export function parseFilters(
  texts: readonly string[],
  complaint = (text: string) => `filter input must be in the form of filter=value: ${text} is invalid`,
): Record<string, readonly string[]> {
  const filters = new Map<string, string[]>();
  for (const text of texts) {
    const equals = text.indexOf('=');
    if (equals <= 0) {
      throw new InvalidArgumentError(complaint(text), { code: 'invalid-filter', hint: 'a filter is KEY=VALUE' });
    }
    // label!=x is the key label!
    const key = text.slice(0, equals);
    filters.set(key, [...(filters.get(key) ?? []), text.slice(equals + 1)]);
  }
  return Object.fromEntries(filters);
}

/** Whether labels fit each of several patterns. */
export function allLabels(texts: readonly string[]): (labels: Readonly<Record<string, string>>) => boolean {
  const patterns = texts.map(labelPattern);
  return (labels) => patterns.every((matches) => matches(labels));
}

/** Whether labels have a name, and a value if one is asked for; `*` in the name stands for anything. */
export function labelPattern(text: string): (labels: Readonly<Record<string, string>>) => boolean {
  const equals = text.indexOf('=');
  const name = equals === -1 ? text : text.slice(0, equals);
  const value = equals === -1 ? '' : text.slice(equals + 1);
  const pattern = new RegExp(`^${name.split('*').map(escapeExpression).join('.*')}$`, 's');
  return (labels) => Object.entries(labels).some(([key, given]) => pattern.test(key) && (value === '' || given === value));
}

function expression(key: string, value: string): RegExp {
  try {
    return new RegExp(value);
  } catch (error) {
    throw new InvalidArgumentError(`${key}=${value} is an invalid filter: ${(error as Error).message}`, {
      code: 'invalid-filter',
      hint: 'the value is a regular expression',
      cause: error,
    });
  }
}

function escapeExpression(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

function parseExitCode(value: string): number {
  if (/^[+-]?\d+$/.test(value)) return Number(value);
  throw new InvalidArgumentError(`exited code out of range: strconv.ParseInt: parsing "${value}": invalid syntax`, {
    code: 'invalid-filter',
    hint: 'give an exit code such as exited=0',
  });
}

function parseState(value: string): readonly string[] {
  const shown = Object.hasOwn(states, value) ? states[value] : undefined;
  if (shown !== undefined) return shown;
  throw new InvalidArgumentError(`unknown container state: ${value}: invalid argument`, {
    code: 'invalid-filter',
    hint: `choose one of ${Object.keys(states).join(', ')}`,
  });
}

function parseTruth(value: string): boolean {
  if (/^(1|t|true)$/i.test(value)) return true;
  if (/^(0|f|false)$/i.test(value)) return false;
  throw new InvalidArgumentError(`strconv.ParseBool: parsing "${value}": invalid syntax`, { code: 'invalid-filter' });
}

/** The whole id, the whole name, or a name without its tag `latest`. */
function isImage(imageId: string, imageName: string, value: string): boolean {
  return imageId === value || imageName === value || imageName === `${value}:latest`;
}

/** All mounts: the spec's, whose sources are host paths, and the caller's own. */
function mountsOf({ spec, userMounts }: ContainerConfig): readonly { source?: string | undefined; destination: string }[] {
  return [...(spec.mounts ?? []), ...userMounts];
}

async function earliestOf(values: readonly string[], lookups: FilterLookups): Promise<string> {
  const found = await Promise.all(values.map((value) => lookups.container(value)));
  return found.map(({ createdAt }) => createdAt).sort()[0] ?? '';
}

/** A moment, or a duration that has passed since. */
export function parseUntil(values: readonly string[], now: number): number {
  const [value = ''] = values;
  if (values.length > 1) throw new InvalidArgumentError('specify exactly one timestamp for until', { code: 'invalid-filter' });
  if (parseDuration(value) === undefined && !/^-?\d/.test(value)) {
    throw new InvalidArgumentError(`failed to parse value as time or duration: "${value}"`, { code: 'invalid-filter' });
  }
  return parseTime(value, { now, direction: 'past', option: 'until' });
}
