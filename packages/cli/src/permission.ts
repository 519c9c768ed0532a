import { readSync } from 'node:fs';
import type { Output } from './output.ts';

/** Asks on the terminal before something is done that can't be undone. Anything but yes is no. */
export function askPermission(consequence: string, output: Output): boolean {
  output.text(`WARNING! ${consequence}\nAre you sure you want to continue? [y/N] `);
  return /^(y|yes)$/i.test(readLine().trim());
}

function readLine(): string {
  const bytes: number[] = [];
  const byte = Buffer.alloc(1);
  while (readSync(0, byte) > 0 && byte[0] !== 0x0a) bytes.push(byte[0] ?? 0);
  return Buffer.from(bytes).toString();
}
