import { constants } from 'node:os';
import { InvalidArgumentError } from './errors.ts';

// The first two real-time signals are the C library's own.
const firstRealTime = 34;
const lastSignal = 64;

const numbers: ReadonlyMap<string, number> = new Map([
  ...Object.entries(constants.signals),
  ['SIGCLD', constants.signals.SIGCHLD],
]);

/**
 * The number of a signal given as `SIGTERM`, `term`, `15`, `RTMIN+3` or `SIGRTMAX-1`; one leading `-`, as kill(1) has it, is allowed.
 * @throws {InvalidArgumentError} `invalid-signal` naming it.
 */
export function parseSignal(signal: string | number): number {
  const text = String(signal).replace(/^-/, '');
  if (/^\d+$/.test(text)) return checkNumber(Number(text), signal);
  const name = text.toUpperCase().replace(/^(?!SIG)/, 'SIG');
  const number = numbers.get(name) ?? realTimeNumber(name);
  if (number === undefined) throw invalidSignal(signal);
  return number;
}

/** `SIGTERM` for 15; podman's spelling for real-time signals; the number itself for one without a name. */
export function signalName(number: number): string {
  for (const [name, value] of numbers) if (value === number) return name;
  if (number < firstRealTime || number > lastSignal) return String(number);
  const [above, below] = [number - firstRealTime, lastSignal - number];
  if (above === 0) return 'SIGRTMIN';
  if (below === 0) return 'SIGRTMAX';
  return above <= 15 ? `SIGRTMIN+${above}` : `SIGRTMAX-${below}`;
}

function realTimeNumber(name: string): number | undefined {
  const [, base, offset = '+0'] = /^SIGRT(MIN|MAX)([+-]\d+)?$/.exec(name) ?? [];
  if (base === undefined) return undefined;
  const number = (base === 'MIN' ? firstRealTime : lastSignal) + Number(offset);
  return number >= firstRealTime && number <= lastSignal ? number : undefined;
}

function checkNumber(number: number, given: string | number): number {
  if (number === 0) throw invalidSignal(given);
  if (number > lastSignal) {
    throw new InvalidArgumentError(`invalid signal: ${given}: valid signals are 1 through ${lastSignal}`, {
      code: 'invalid-signal',
    });
  }
  return number;
}

function invalidSignal(given: string | number): InvalidArgumentError {
  return new InvalidArgumentError(`invalid signal: ${given}`, {
    code: 'invalid-signal',
    hint: 'give a name such as SIGTERM or TERM, or a number from 1 to 64',
  });
}
