import { InvalidArgumentError } from './errors.ts';

/** How much larger compressed data may become. */
export interface ExpansionLimit {
  /** Unpacked bytes for each compressed byte; 0: no limit. */
  readonly ratio: number;
  /** Bytes that data may unpack to whatever its ratio. */
  readonly allowance: number;
}

/** A file of zeros reaches 1,030 with gzip; what programs are made of stays below 20. */
const usual: ExpansionLimit = { ratio: 250, allowance: 1024 ** 3 };

/** The limit that `TSPOD_EXPANSION_LIMIT` sets (`RATIO`, or `RATIO:BYTES`), else 250 times what is more than 1 GiB. @throws {InvalidArgumentError} `invalid-expansion-limit` */
export function expansionLimit(env: Readonly<Record<string, string | undefined>>): ExpansionLimit {
  const text = env.TSPOD_EXPANSION_LIMIT ?? '';
  if (text === '') return usual;
  const [, ratio, allowance] = /^(\d{1,9})(?::(\d{1,15}))?$/.exec(text) ?? [];
  if (ratio === undefined) {
    throw new InvalidArgumentError(`TSPOD_EXPANSION_LIMIT: "${text}" is neither RATIO nor RATIO:BYTES`, {
      code: 'invalid-expansion-limit',
      hint: 'for example 250:1073741824; 0 takes the limit away',
    });
  }
  return { ratio: Number(ratio), allowance: allowance === undefined ? usual.allowance : Number(allowance) };
}

export function exceedsExpansion(limit: ExpansionLimit, compressed: number, unpacked: number): boolean {
  return limit.ratio > 0 && unpacked > limit.allowance && unpacked > compressed * limit.ratio;
}

/** @param subject what is being unpacked: `/tmp/x.tar`, `tar archive` */
export function expansionError(subject: string, limit: ExpansionLimit): InvalidArgumentError {
  return new InvalidArgumentError(
    `${subject}: it unpacks to more than ${limit.ratio} times its size and more than ${limit.allowance} bytes`,
    {
      code: 'archive-too-large',
      hint: 'if you trust where it comes from, set TSPOD_EXPANSION_LIMIT to a higher ratio, or to 0 for no limit',
    },
  );
}
