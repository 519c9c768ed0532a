import { chmodSync, chownSync } from 'node:fs';
import type { RunFiles } from '../spec/generate.ts';
import { hostId, type IdMaps } from './id-maps.ts';

/** Lets the root of a user namespace have the files of the run directory, and the runtime find them from within. */
export function giveToContainer({ uid, gid }: IdMaps, runDir: string, { more, ...files }: RunFiles): void {
  const owner = [hostId(uid, 0) ?? 0, hostId(gid, 0) ?? 0] as const;
  chmodSync(runDir, 0o711);
  for (const path of [...Object.values(files), ...Object.values(more ?? {})]) if (path !== undefined) chownSync(path, ...owner);
}
