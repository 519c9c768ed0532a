import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { OciRuntime } from '../contracts/oci-runtime.ts';
import type { Seccomp } from '../oci/spec.ts';
import type { RuntimeParts } from '../runtime/parts.ts';

/** What a runtime compiled of a profile. It stands for that profile only while all that went into it is the same. */
interface KeptFilter {
  readonly profile: string;
  readonly compiler: string;
  /** base64 */
  readonly filter: string;
}

/** The filter that this runtime compiled of this very profile before, in base64. */
export async function keptFilter(parts: RuntimeParts, runtime: OciRuntime, seccomp: Seccomp): Promise<string | undefined> {
  const profile = JSON.stringify(seccomp);
  const kept = read(filterPath(parts, profile));
  const isSame = kept?.profile === profile && kept.compiler === (await compilerOf(parts, runtime));
  return isSame ? kept.filter : undefined;
}

/** Keeps the filter that the runtime has just compiled for this container. It only saves time later: a full disk is no failure of the start. */
export async function keepFilter(parts: RuntimeParts, runtime: OciRuntime, id: string, seccomp: Seccomp): Promise<void> {
  if (runtime.compiledSeccomp === undefined) return;
  try {
    const filter = readFileSync(runtime.compiledSeccomp.path(id)).toString('base64');
    const profile = JSON.stringify(seccomp);
    const path = filterPath(parts, profile);
    const kept: KeptFilter = { profile, compiler: await compilerOf(parts, runtime), filter };
    mkdirSync(directoryOf(parts), { recursive: true, mode: 0o700 });
    const draft = `${path}.${id}`;
    writeFileSync(draft, JSON.stringify(kept), { mode: 0o600 });
    renameSync(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
    parts.log('debug', `the compiled seccomp filter of container ${id} was not kept: ${(error as Error).message}`);
  }
}

function read(path: string): KeptFilter | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as KeptFilter;
  } catch (error) {
    const isAbsentOrDamaged = error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT';
    if (isAbsentOrDamaged) return undefined; // and will be written anew
    throw error;
  }
}

/** What turns a profile into a filter: the runtime's executable, as it is now, on this kernel. */
async function compilerOf({ host }: RuntimeParts, { path }: OciRuntime): Promise<string> {
  const { mtimeMs, size } = statSync(path);
  const { kernel, architecture } = await host.facts();
  return [path, mtimeMs, size, kernel, architecture].join(' ');
}

function directoryOf({ places }: RuntimeParts): string {
  return join(places.graphRoot, 'tspod', 'seccomp');
}

/** Profiles are told apart by their text; the hash only makes a file name of it. */
function filterPath(parts: RuntimeParts, profile: string): string {
  let hash = 0x811c9dc5;
  for (let index = 0; index < profile.length; index += 1) hash = Math.imul(hash ^ profile.charCodeAt(index), 0x01000193);
  return join(directoryOf(parts), `${(hash >>> 0).toString(16).padStart(8, '0')}.json`);
}
