/**
 * Names of files are bytes, not text. Inside this package they are strings with one character for each byte, which can be compared,
 * cut and used as keys; these functions lead in and out.
 */
export type ByteText = string;

/** What a caller wrote. */
export function fromText(text: string): ByteText {
  return isAscii(text) ? text : Buffer.from(text).toString('latin1');
}

/** For messages and callers. Bytes that are not UTF-8 become replacement characters. */
export function toText(bytes: ByteText): string {
  return isAscii(bytes) ? bytes : Buffer.from(bytes, 'latin1').toString();
}

export function toBytes(bytes: ByteText): Buffer {
  return Buffer.from(bytes, 'latin1');
}

export function isAscii(text: string): boolean {
  return !/[\u0080-\uffff]/.test(text);
}
