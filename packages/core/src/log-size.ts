import { InvalidArgumentError } from './errors.ts';

const units = ['', 'k', 'M', 'G', 'T', 'P'] as const;

/**
 * Bytes of a size as podman's `--log-opt max-size=` takes it: a number with or without a unit of thousands, `10k`, `1.5MB`.
 * @throws {InvalidArgumentError} `invalid-size` naming it.
 */
export function parseLogSize(text: string): number {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?) ?([kmgtp]?)(?:i?b)?$/i.exec(text) ?? [];
  const bytes = Math.trunc(Number(number) * 1000 ** units.findIndex((one) => one.toLowerCase() === unit.toLowerCase()));
  if (number !== undefined && Number.isSafeInteger(bytes)) return bytes;
  throw new InvalidArgumentError(`invalid size: '${text}'`, { code: 'invalid-size', hint: 'give a number and a unit, e.g. 10m' });
}

/** As podman shows it: `0B`, `10MB`, four digits at most. */
export function describeLogSize(bytes: number): string {
  const power = bytes === 0 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), units.length - 1);
  return `${Number((bytes / 1000 ** power).toPrecision(4))}${units[power]}B`;
}
