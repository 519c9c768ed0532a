import { rmSync, writeFileSync } from 'node:fs';
import { cleanupMarker } from './paths.ts';

/** From now on there is something to clean up after the process in this directory; the exit command looks for this file. */
export function writeMarker(directory: string): void {
  writeFileSync(cleanupMarker(directory), '');
}

/** It is cleaned up. Idempotent. */
export function removeMarker(directory: string): void {
  rmSync(cleanupMarker(directory), { force: true });
}
