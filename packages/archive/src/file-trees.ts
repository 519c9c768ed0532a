import { closeSync, constants, fstatSync, openSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import { type FileStatus, type FileTree, type FileTrees, NotFoundError, type PackFiles, type UnpackFiles } from '@tspod/core';
import { hasCode, O_PATH, openInRoot, processIdentity } from '@tspod/linux';
import { fromText } from './byte-text.ts';
import { decompress } from './decompress.ts';
import { entryPath, using } from './handle.ts';
import { packTree } from './pack-tree.ts';
import { unpackTree } from './unpack-tree.ts';

/** Trees of this machine's files. */
export function createFileTrees(): FileTrees {
  return {
    specVersion: 'v1',
    openDirectory: async (path) => openTree(openSync(path, O_PATH | constants.O_DIRECTORY)),
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
  return { kind, mode: stats.mode, size: stats.size, modifiedAt: stats.mtime.toISOString(), target };
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

function pack(root: string, path: string, options: PackFiles): AsyncIterable<Uint8Array> {
  const name = options.name ?? basename(path);
  return packTree(root, { sources: [{ path, name }], exactTimes: options.exactTimes, signal: options.signal });
}

async function unpack(archive: AsyncIterable<Uint8Array>, root: string, path: string, options: UnpackFiles): Promise<void> {
  const { topName, owner } = options;
  await unpackTree(decompress(archive), root, {
    into: path,
    ...(topName !== undefined && { rename: (name) => renameTop(name, topName) }),
    ...(owner && { owner: () => owner }),
    replaceDirectories: options.replaceDirectories ?? false,
    withoutDevices: options.withoutDevices,
    signal: options.signal,
  });
}

function renameTop(name: string, topName: string): string {
  return name.replace(/^(\.?\/)*[^/]+/, () => topName);
}
