import { InvalidArgumentError } from './errors.ts';

const unitMilliseconds: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** Milliseconds of a duration as Go writes it (`1h30m`, `-1.5s`, `0`); undefined when it is none. */
export function parseDuration(text: string): number | undefined {
  const [, sign, parts = ''] = /^([+-]?)((?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+|0)$/.exec(text) ?? [];
  if (sign === undefined) return undefined;
  let sum = 0;
  for (const [, number, unit = ''] of parts.matchAll(/([\d.]+)([^\d.]+)/g)) sum += Number(number) * (unitMilliseconds[unit] ?? 0);
  return sign === '-' ? -sum : sum;
}

export interface TimeContext {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Which way a duration counts from now: podman's `--since` goes back, its `--until` forward. */
  readonly direction: 'past' | 'future';
  /** Named in errors, e.g. `--since`. */
  readonly option: string;
}

/**
 * Milliseconds since 1970, with fractions, of a point in time as podman takes it: a Go duration from now, seconds since 1970, or a date
 * (`2026-11-23`), or date and time, in local time unless it has a zone.
 *
 * @throws {InvalidArgumentError} `invalid-time` naming it.
 */
export function parseTime(text: string, { now, direction, option }: TimeContext): number {
  const duration = parseDuration(text);
  if (duration !== undefined && text !== '0') return direction === 'past' ? now - duration : now + duration;
  if (/^-?\d+(\.\d*)?$/.test(text)) return Number(text) * 1000;
  const [, date, time, fraction = '', zone = ''] =
    /^(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d:\d\d)(\.\d+)?)?(Z|[+-]\d\d:\d\d)?$/.exec(text) ?? [];
  const whole = date === undefined ? Number.NaN : Date.parse(`${date}T${time ?? '00:00:00'}${zone}`);
  if (Number.isNaN(whole)) {
    throw new InvalidArgumentError(`parsing ${option} "${text}": unable to interpret time value`, {
      code: 'invalid-time',
      hint: 'give a duration such as 1h30m, seconds since 1970, or a time such as 2026-11-23T20:00:00',
    });
  }
  return whole + Number(`0${fraction}`) * 1000;
}

/** A length of time in words, as `ps` shows it: `5 minutes`, `About an hour`, `2 weeks`. */
export function humanDuration(milliseconds: number): string {
  const seconds = Math.trunc(milliseconds / 1000);
  const minutes = Math.trunc(seconds / 60);
  const hours = Math.round(milliseconds / 3_600_000);
  const days = Math.trunc(hours / 24);
  if (seconds < 1) return 'Less than a second';
  if (seconds === 1) return '1 second';
  if (seconds < 60) return `${seconds} seconds`;
  if (minutes === 1) return 'About a minute';
  if (minutes < 60) return `${minutes} minutes`;
  if (hours === 1) return 'About an hour';
  if (hours < 48) return `${hours} hours`;
  if (hours < 24 * 7 * 2) return `${days} days`;
  if (hours < 24 * 30 * 2) return `${Math.trunc(days / 7)} weeks`;
  if (hours < 24 * 365 * 2) return `${Math.trunc(days / 30)} months`;
  return `${Math.trunc(days / 365)} years`;
}
