import type { HealthCheck } from './config.ts';
import type { HealthState } from './state.ts';

const nanoseconds = 1e6;

/** podman's `State.Health` of `inspect`. */
export function describeHealth(health: HealthState | undefined) {
  const log = health?.log.map(({ start, end, exitCode, output }) => ({
    Start: start,
    End: end,
    ExitCode: exitCode,
    Output: output,
  }));
  return {
    Status: health?.status ?? '',
    FailingStreak: health?.failingStreak ?? 0,
    Log: log === undefined || log.length === 0 ? null : log,
  };
}

/** podman's `Config.Healthcheck` of `inspect`: what is 0 is left out, times are nanoseconds. */
export function describeHealthCheck({ test, startPeriod, interval, timeout, retries }: HealthCheck) {
  return {
    Test: test,
    ...(startPeriod > 0 && { StartPeriod: startPeriod * nanoseconds }),
    ...(interval > 0 && { Interval: interval * nanoseconds }),
    ...(timeout > 0 && { Timeout: timeout * nanoseconds }),
    ...(retries > 0 && { Retries: retries }),
  };
}
