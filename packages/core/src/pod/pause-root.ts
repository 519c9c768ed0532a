import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { RuntimeParts } from '../runtime/parts.ts';
import { pauseProgram } from './pause-program.ts';

/** What an infra container is made of. */
export interface PauseRoot {
  readonly directory: string;
  readonly entrypoint: readonly string[];
  /** The built-in program knows no signals. */
  readonly stopSignal: string | undefined;
}

/** Where the container's mounts go; made beforehand, for the tree is never written to. */
const directories = ['dev', 'etc', 'proc', 'run', 'sys', 'tmp'];
const files = ['etc/hosts', 'etc/hostname', 'etc/resolv.conf', 'run/.containerenv'];

/**
 * The root filesystem of infra containers, one for a store, made when it is first needed: catatonit where it is installed, else a program
 * of our own that waits for ever.
 * @param passable for a user namespace, whose root must be able to pass through to it
 */
export function pauseRoot({ places, defaults }: RuntimeParts, { passable }: { readonly passable: boolean }): PauseRoot {
  const catatonit = defaults.initPaths.find((path) => path.endsWith('/catatonit') && existsSync(path));
  const kind = catatonit === undefined ? 'pause' : 'catatonit';
  const directory = join(places.graphRoot, 'tspod', 'infra', kind);
  if (!existsSync(directory)) make(directory, kind, catatonit);
  if (passable) for (const above of [dirname(directory), join(places.graphRoot, 'tspod')]) chmodSync(above, 0o711);
  return catatonit === undefined
    ? { directory, entrypoint: ['/pause'], stopSignal: 'SIGKILL' }
    : { directory, entrypoint: ['/catatonit', '-P'], stopSignal: undefined };
}

/** Under another name first: nobody sees half of it, and of two makers the second finds the first's. */
function make(directory: string, program: string, source: string | undefined): void {
  mkdirSync(dirname(directory), { recursive: true, mode: 0o700 });
  const draft = mkdtempSync(join(dirname(directory), '.draft-'));
  try {
    for (const name of directories) mkdirSync(join(draft, name));
    for (const name of files) writeFileSync(join(draft, name), '');
    if (source === undefined) writeFileSync(join(draft, program), pauseProgram());
    else copyFileSync(source, join(draft, program));
    chmodSync(join(draft, program), 0o755);
    chmodSync(draft, 0o755);
    renameSync(draft, directory);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    if (!existsSync(directory)) throw error;
  }
}
