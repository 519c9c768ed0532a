import { InvalidArgumentError } from '@tspod/core';

const suffixes: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/**
 * A quantity of Kubernetes as a number: `500m` is 0.5, `1Gi` is 1,073,741,824, `1e3` is 1,000.
 * @throws {InvalidArgumentError} `invalid-quantity`
 */
export function parseQuantity(quantity: string | number): number {
  const match = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:([eE][+-]?\d+)|([numkMGTPE]|[KMGTPE]i)?)$/.exec(String(quantity).trim());
  if (match === null) {
    throw new InvalidArgumentError(`invalid quantity "${quantity}"`, {
      code: 'invalid-quantity',
      hint: 'a quantity is a number with m, k, M, G, Ki, Mi, Gi and the like behind it',
    });
  }
  const [, number, exponent = '', suffix = ''] = match;
  return Number(`${number}${exponent}`) * (suffixes[suffix] ?? 1);
}
