import { writeFileSync } from 'node:fs';
import { readTextIfThere } from '../read-text.ts';

/** The end of a container that has been removed since. */
export interface KeptExit {
  readonly exitCode: number;
  /** When it was removed, by the monotonic clock: the file does not outlast the boot. */
  readonly at: number;
}

export function writeKeptExit(path: string, { exitCode, at }: KeptExit): void {
  writeFileSync(path, `${exitCode} ${Math.round(at)}\n`);
}

/** Undefined: there is none, or it is just being written. */
export function readKeptExit(path: string): KeptExit | undefined {
  const [, exitCode, at] = /^(-?\d+) (\d+)\n$/.exec(readTextIfThere(path) ?? '') ?? [];
  return exitCode === undefined ? undefined : { exitCode: Number(exitCode), at: Number(at) };
}
