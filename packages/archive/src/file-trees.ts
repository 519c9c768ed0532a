import { closeSync, constants, fstatSync, openSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import {
  type FileStatus,
  type FileTree,
  type FileTrees,
  InvalidArgumentError,
  NotFoundError,
  type PackFiles,
  type UnpackFiles,
} from '@tspod/core';
import { hasCode, O_PATH, openInRoot, processIdentity } from '@tspod/linux';
import { fromText } from './byte-text.ts';
import { decompress } from './decompress.ts';
import { entryPath, using } from './handle.ts';
import { packTree } from './pack-tree.ts';
import { removeEntry } from './remove-entry.ts';
import { unpackTree } from './unpack-tree.ts';

/** Trees of this machine's files. */
export function createFileTrees(): FileTrees {
  return {
    specVersion: 'v1',
    openDirectory: async (path) => openTree(openSync(path, O_PATH | constants.O_DIRECTORY)),
    changes: async (before, after) => (await import('./changes.ts')).treeChanges(before, after, { directoryTimes: false }),
    async openRootOf(process) {
      const gone = () => new NotFoundError(`process ${process.pid} has ended`, { code: 'no-such-process' });
      let handle: number;
      try {
        handle = openSync(`/proc/${process.pid}/root/`, O_PATH | constants.O_DIRECTORY);
      } catch (error) {
        if (hasCode(error, 'ENOENT', 'ESRCH')) throw gone();
        throw error;
      }
      // Compared after opening: what is open now belongs to that process and to no later one with its number.
      if (processIdentity(process.pid)?.startTime === process.startTime) return openTree(handle);
      closeSync(handle);
      throw gone();
    },
  };
}

function openTree(root: number): FileTree {
  const rootPath = `/proc/self/fd/${root}`;
  let isOpen = true;
  return {
    look: async (path) => statusOf(root, path),
    pack: (path, options = {}) => pack(rootPath, path, options),
    async unpack(archive, path, options = {}) {
      await unpack(archive, rootPath, path, options);
    },
    remove: async (path) => removeAt(root, path),
    [Symbol.dispose]() {
      if (isOpen) closeSync(root);
      isOpen = false;
    },
  };
}

function statusOf(root: number, path: string): FileStatus | undefined {
  const handle = openInRoot(root, path, { flags: O_PATH | constants.O_NOFOLLOW });
  if (handle === undefined) return undefined;
  const stats = using(handle, () => fstatSync(handle));
  const kind = stats.isFile() ? 'file' : stats.isDirectory() ? 'directory' : stats.isSymbolicLink() ? 'symlink' : 'other';
  const target = kind === 'symlink' ? targetOf(root, path) : undefined;
  const { mode, uid, gid, size, mtime } = stats;
  return { kind, mode, uid, gid, size, modifiedAt: mtime.toISOString(), target };
}

function targetOf(root: number, path: string): string | undefined {
  const cut = path.lastIndexOf('/') + 1;
  const parent = openInRoot(root, path.slice(0, cut));
  if (parent === undefined) return undefined;
  try {
    return using(parent, () => readlinkSync(entryPath(parent, fromText(path.slice(cut)))));
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'EINVAL')) return undefined; // replaced meanwhile
    throw error;
  }
}

function removeAt(root: number, path: string): void {
  const words = path.split('/').filter((word) => word !== '');
  const name = words.pop() ?? '';
  if (['', '.', '..'].includes(name))
    throw new InvalidArgumentError(`${path} names no entry that could be removed`, { code: 'invalid-path' });
  const parent = openInRoot(root, words.join('/'), { flags: O_PATH | constants.O_DIRECTORY });
  if (parent !== undefined) using(parent, () => removeEntry(parent, fromText(name)));
}

function pack(root: string, path: string, options: PackFiles): AsyncIterable<Uint8Array> {
  const name = options.name ?? basename(path);
  const { without, only, exactTimes, owner, signal } = options;
  return packTree(root, {
    sources: [{ path, name }],
    exclude: (without ?? only) && ((name) => (without?.includes(name) ?? false) || (only !== undefined && !only.has(name))),
    exactTimes,
    owner,
    signal,
  });
}

async function unpack(archive: AsyncIterable<Uint8Array>, root: string, path: string, options: UnpackFiles): Promise<void> {
  const { topName, onlyTop, owner } = options;
  await unpackTree(decompress(archive), root, {
    into: path,
    ...((topName ?? onlyTop) !== undefined && {
      rename: (name) =>
        onlyTop !== undefined && !onlyTop.has(topOf(name)) ? undefined : renameTop(name, topName ?? topOf(name)),
    }),
    ...(owner && { owner: typeof owner === 'function' ? owner : () => owner }),
    replaceDirectories: options.replaceDirectories ?? false,
    withoutDevices: options.withoutDevices,
    signal: options.signal,
  });
}

/** The first word of a member's name; empty for one that leads back. */
function topOf(name: string): string {
  const words = name.split('/').filter((word) => word !== '' && word !== '.');
  return words.includes('..') ? '' : (words[0] ?? '');
}

function renameTop(name: string, topName: string): string {
  return name.replace(/^(\.?\/)*[^/]+/, () => topName);
}
