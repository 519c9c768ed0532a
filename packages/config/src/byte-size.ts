const factors: Readonly<Record<string, number>> = { b: 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };

/** Bytes of `64m`, `65536k` or `1024`; undefined when `text` is no size above zero. */
export function parseByteSize(text: string): number | undefined {
  const [, digits, unit = 'b'] = /^(\d+)\s*([bkmgt])?(?:i?b)?$/i.exec(text) ?? [];
  const bytes = Number(digits) * (factors[unit.toLowerCase()] ?? Number.NaN);
  return bytes > 0 && Number.isSafeInteger(bytes) ? bytes : undefined;
}
