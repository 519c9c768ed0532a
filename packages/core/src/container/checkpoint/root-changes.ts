import { createReadStream, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CorruptError } from '../../errors.ts';
import { parseJson } from '../../parse-json.ts';
import { fileTrees } from '../../runtime/file-trees.ts';
import type { RuntimeParts } from '../../runtime/parts.ts';
import type { LockedContainer } from '../guard.ts';
import { diff } from '../verbs/diff.ts';
import { writeArchive } from '../verbs/export.ts';
import { checkpointFiles } from './files.ts';

/** Writes what the container changed about its root filesystem, which is mounted, into its static directory. @throws {NotSupportedError} `no-diff` */
export async function writeRootChanges(container: LockedContainer, rootPath: string, signal?: AbortSignal): Promise<void> {
  const { parts, config } = container;
  const changes = await diff(parts, config);
  const present = changes.filter(({ kind }) => kind !== 'deleted').map(({ path }) => path);
  const removed = changes.filter(({ kind }) => kind === 'deleted').map(({ path }) => path);
  using tree = await fileTrees(parts).openDirectory(rootPath);
  const archive = tree.pack('/', { name: '', only: withParents(present), exactTimes: true, signal });
  await writeArchive(archive, join(config.staticDir, checkpointFiles.rootChanges), signal);
  writeFileSync(join(config.staticDir, checkpointFiles.removedFiles), JSON.stringify(removed.length > 0 ? removed : null), {
    mode: 0o600,
  });
}

/** Does the same to another root filesystem, as far as the checkpoint in `directory` has it. */
export async function applyRootChanges(parts: RuntimeParts, directory: string, rootPath: string): Promise<void> {
  using tree = await fileTrees(parts).openDirectory(rootPath);
  const archive = join(directory, checkpointFiles.rootChanges);
  if (existsSync(archive)) await tree.unpack(createReadStream(archive), '/', { replaceDirectories: true });
  for (const path of removedFilesIn(directory)) await tree.remove(path);
}

function removedFilesIn(directory: string): readonly string[] {
  const path = join(directory, checkpointFiles.removedFiles);
  if (!existsSync(path)) return [];
  const removed: unknown = parseJson(readFileSync(path, 'utf8'));
  if (removed === null) return [];
  if (Array.isArray(removed) && removed.every((one) => typeof one === 'string')) return removed;
  throw new CorruptError(`${path} is not a list of paths`, { code: 'corrupt-checkpoint', path });
}

/** Names as an archive has them, with those of the directories that they are in. */
function withParents(paths: readonly string[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const path of paths) {
    for (let name = path; name !== '/' && name !== '.'; name = dirname(name)) names.add(name.replace(/^\//, ''));
  }
  return names;
}
