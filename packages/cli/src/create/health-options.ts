import { type CreateContainerOptions, InvalidArgumentError, parseDuration, parseJson } from '@tspod/core';
import type { FlagValues } from '../grammar/flags.ts';
import type { healthFlags } from './health-flags.ts';

type HealthOptions = Pick<CreateContainerOptions, 'healthCheck' | 'healthFailureAction'>;

/**
 * What the flags about health checks ask for. Times and retries without a command change what the image says.
 * @throws {InvalidArgumentError} `invalid-option`
 */
export function healthOptions(flags: FlagValues<typeof healthFlags>): HealthOptions {
  const command = flags['health-cmd'];
  if (flags['no-healthcheck'] && command) throw invalid('cannot specify both --no-healthcheck and --health-cmd');
  const interval = flags['health-interval'];
  const asked = {
    test: flags['no-healthcheck'] ? ['NONE'] : command ? parseTest(command) : undefined,
    interval: interval === 'disable' ? 0 : time('interval', interval),
    retries: flags['health-retries'],
    timeout: time('timeout', flags['health-timeout']),
    startPeriod: time('start-period', flags['health-start-period']),
  };
  return {
    healthCheck: Object.values(asked).every((value) => value === undefined) ? undefined : asked,
    healthFailureAction: (flags['health-on-failure'] || undefined) as HealthOptions['healthFailureAction'],
  };
}

/** podman's rules: `CMD a b`, `CMD-SHELL text` and `none` are Docker's forms; a JSON list of several is a command; all else is for a shell. */
function parseTest(text: string): readonly string[] {
  const list = parseList(text);
  if (list?.length === 0) return [];
  const [form = '', ...rest] = list ?? splitOnce(text);
  switch (form.toUpperCase()) {
    case 'NONE':
      return ['NONE'];
    case 'CMD':
      return ['CMD', ...(list === undefined ? text.trim().split(/\s+/).slice(1) : rest)];
    case 'CMD-SHELL':
      return ['CMD-SHELL', ...rest];
    default:
      return list !== undefined && list.length > 1 ? ['CMD', ...list] : ['CMD-SHELL', list?.[0] ?? text];
  }
}

function parseList(text: string): readonly string[] | undefined {
  const list = parseJson(text);
  return Array.isArray(list) && list.every((word) => typeof word === 'string') ? list : undefined;
}

function splitOnce(text: string): readonly string[] {
  const space = text.indexOf(' ');
  return space === -1 ? [text] : [text.slice(0, space), text.slice(space + 1)];
}

function time(name: string, text: string | undefined): number | undefined {
  if (!text) return undefined;
  const milliseconds = parseDuration(text);
  if (milliseconds !== undefined) return milliseconds;
  const reason = /^[+-]?\d+(\.\d+)?$/.test(text) ? `missing unit in duration "${text}"` : `invalid duration "${text}"`;
  throw invalid(`invalid healthcheck-${name}: time: ${reason}`, 'a duration is a number with a unit, such as 30s or 1m30s');
}

function invalid(message: string, hint?: string): InvalidArgumentError {
  return new InvalidArgumentError(message, { code: 'invalid-option', hint });
}
