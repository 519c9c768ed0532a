import { InvalidArgumentError } from '../errors.ts';
import type { ImageRunConfig } from '../oci/image-config.ts';
import type { HealthCheck, HealthCheckOptions, HealthFailureAction } from './config.ts';

const second = 1000;
const nanosecondsPerMillisecond = 1e6;
const actions: readonly HealthFailureAction[] = ['none', 'kill', 'restart', 'stop'];

const defaults = { interval: 30 * second, timeout: 30 * second, startPeriod: 0, retries: 3 };

/**
 * The check of a new container: the caller's, else the image's with what the caller says of its times; undefined: none.
 * @throws {InvalidArgumentError} `invalid-health-check`
 */
export function resolveHealthCheck(
  asked: HealthCheckOptions | undefined,
  image: ImageRunConfig['Healthcheck'],
): HealthCheck | undefined {
  if (asked?.test?.length === 0) throw invalid('must define a healthcheck command for all healthchecks');
  const own = asked?.test;
  if (own?.[0] === 'NONE') return { test: ['NONE'], interval: 0, timeout: 0, startPeriod: 0, retries: 0 };
  const base = own === undefined ? fromImage(image) : { ...defaults, test: own };
  if (base === undefined) return undefined;
  const check = { ...base, ...Object.fromEntries(Object.entries(asked ?? {}).filter(([, value]) => value !== undefined)) };
  if (!Number.isSafeInteger(check.retries) || check.retries < 1) throw invalid('healthcheck-retries must be greater than 0');
  if (!(check.timeout > 0)) throw invalid('healthcheck-timeout must be at least 1 second');
  if (!(check.startPeriod >= 0)) throw invalid('healthcheck-start-period must be 0 seconds or greater');
  if (!(check.interval >= 0)) throw invalid('healthcheck-interval must be 0 seconds or greater');
  return check;
}

/** The image's, with Docker's meaning of 0 and of what is missing: the default. Times are nanoseconds there. */
function fromImage(image: ImageRunConfig['Healthcheck']): HealthCheck | undefined {
  const test = image?.Test;
  if (!Array.isArray(test) || test.length === 0 || !test.every((word) => typeof word === 'string')) return undefined;
  if (test[0] === 'NONE') return undefined;
  const time = (value: unknown, usual: number) =>
    typeof value === 'number' && value > 0 ? value / nanosecondsPerMillisecond : usual;
  const retries = image?.Retries;
  return {
    test,
    interval: time(image?.Interval, defaults.interval),
    timeout: time(image?.Timeout, defaults.timeout),
    startPeriod: time(image?.StartPeriod, defaults.startPeriod),
    retries: typeof retries === 'number' && retries > 0 ? retries : defaults.retries,
  };
}

/** @throws {InvalidArgumentError} `invalid-health-check` for an action that is none, or that there is no check for. */
export function resolveFailureAction(
  action: HealthFailureAction | undefined,
  check: HealthCheck | undefined,
): HealthFailureAction | undefined {
  if (action === undefined) return undefined;
  if (!actions.includes(action)) {
    throw invalid(`invalid on-failure action "${action}" for health check: supported actions are ${actions.join(',')}`);
  }
  if (action !== 'none' && check === undefined) throw invalid(`cannot set on-failure action to ${action} without a health check`);
  return action;
}

function invalid(message: string): InvalidArgumentError {
  return new InvalidArgumentError(message, { code: 'invalid-health-check' });
}
