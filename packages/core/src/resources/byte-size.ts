import { InvalidArgumentError } from '../errors.ts';

const powers = ['k', 'm', 'g', 't', 'p'];

/**
 * Bytes of a size as podman's `--memory` takes it: a number, with or without fractions, and a unit of 1024s: `512`, `64m`, `1.5 GiB`.
 * @throws {InvalidArgumentError} `invalid-size` naming it.
 */
export function parseByteSize(text: string): number {
  const [, number, suffix = ''] = /^(\d+(?:\.\d*)?|\.\d+) ?([a-z]*)$/i.exec(text) ?? [];
  if (number === undefined) throw invalid(`invalid size: '${text}'`);
  const known = /^(?:b|([kmgtp])(?:i?b)?)?$/i.exec(suffix);
  if (known === null) throw invalid(`invalid suffix: '${suffix.toLowerCase()}'`);
  const [, unit = ''] = known;
  const bytes = Math.trunc(Number(number) * 1024 ** (powers.indexOf(unit.toLowerCase()) + 1));
  if (!Number.isSafeInteger(bytes)) throw invalid(`invalid size: '${text}' is too large`);
  return bytes;
}

function invalid(message: string): InvalidArgumentError {
  return new InvalidArgumentError(message, { code: 'invalid-size', hint: 'give a number and a unit (b, k, m, g), e.g. 64m' });
}
