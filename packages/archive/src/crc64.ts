/**
 * CRC-64 with the polynomial of ISO 3309, reflected, all ones before and after: Go's `crc64.ISO`. JavaScript computes with 32 bits at
 * a time, so that tables and sums are kept as halves.
 */
export interface Crc64 {
  high: number;
  low: number;
}

const polynomialHigh = 0xd8000000;

let tables: { readonly high: Int32Array; readonly low: Int32Array } | undefined;

/** The low halves of all table entries are zero but for bits that shift down from the high ones. */
function makeTables() {
  const high = new Int32Array(256);
  const low = new Int32Array(256);
  for (let byte = 0; byte < 256; byte++) {
    let upper = 0;
    let lower = byte;
    for (let bit = 0; bit < 8; bit++) {
      const carry = lower & 1;
      lower = (lower >>> 1) | ((upper & 1) << 31);
      upper >>>= 1;
      if (carry) upper ^= polynomialHigh;
    }
    high[byte] = upper;
    low[byte] = lower;
  }
  return { high, low };
}

export const crc64 = {
  initial: (): Crc64 => ({ high: ~0, low: ~0 }),

  update(sum: Crc64, bytes: Uint8Array): void {
    tables ??= makeTables();
    const { high, low } = tables;
    let { high: upper, low: lower } = sum;
    for (let index = 0; index < bytes.length; index++) {
      const entry = (lower ^ (bytes[index] as number)) & 0xff;
      lower = ((lower >>> 8) | (upper << 24)) ^ (low[entry] as number);
      upper = (upper >>> 8) ^ (high[entry] as number);
    }
    sum.high = upper;
    sum.low = lower;
  },

  /** Eight bytes, the highest first. */
  digest({ high, low }: Crc64): Buffer {
    const bytes = Buffer.alloc(8);
    bytes.writeInt32BE(~high, 0);
    bytes.writeInt32BE(~low, 4);
    return bytes;
  },
};
