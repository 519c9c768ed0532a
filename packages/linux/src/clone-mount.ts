import { closeSync, constants, openSync } from 'node:fs';
import type { ProcessIdentity } from '@tspod/core';
import { AT_FDCWD, checked, libraryFunction, rawSystemCall } from './libc.ts';

const CLONE_FS = 0x200;
const CLONE_NEWNS = 0x20000;
const OPEN_TREE_CLONE = 1;
const MOVE_MOUNT_F_EMPTY_PATH = 4;

const setns = libraryFunction('setns', 'int', ['int', 'int']);
const unshare = libraryFunction('unshare', 'int', ['int']);
const changeRoot = libraryFunction('chroot', 'int', ['str']);
const changeDirectory = libraryFunction('fchdir', 'int', ['int']);
const openTree = rawSystemCall('open_tree', ['int', 'str', 'uint']);
const moveMount = rawSystemCall('move_mount', ['int', 'str', 'int', 'str', 'uint']);

/**
 * Mounts at `target` what a process of another mount namespace has at `path`. The kernel does not bind across namespaces: the calling
 * thread visits the other one to take a copy of the mount, and nothing else runs on it meanwhile.
 *
 * @throws {SystemError} what the kernel says.
 */
export function cloneMount(process: ProcessIdentity, path: string, target: string): void {
  using opened = new Descriptors();
  const other = opened.open(`/proc/${process.pid}/ns/mnt`, constants.O_RDONLY);
  const own = opened.open('/proc/thread-self/ns/mnt', constants.O_RDONLY);
  const root = opened.open('/', constants.O_RDONLY | constants.O_DIRECTORY);
  const directory = opened.open('.', constants.O_RDONLY | constants.O_DIRECTORY);

  checked(unshare(CLONE_FS), { syscall: 'unshare', path: target });
  checked(setns(other, CLONE_NEWNS), { syscall: 'setns', path: `/proc/${process.pid}/ns/mnt` });
  let tree: number;
  try {
    tree = opened.adopt(checked(openTree(AT_FDCWD, path, OPEN_TREE_CLONE | closeOnExec), { syscall: 'open_tree', path }));
  } finally {
    checked(setns(own, CLONE_NEWNS), { syscall: 'setns', path: '/proc/thread-self/ns/mnt' });
    checked(changeDirectory(root), { syscall: 'fchdir', path: '/' });
    checked(changeRoot('.'), { syscall: 'chroot', path: '/' });
    checked(changeDirectory(directory), { syscall: 'fchdir', path: '.' });
  }
  checked(moveMount(tree, '', AT_FDCWD, target, MOVE_MOUNT_F_EMPTY_PATH), { syscall: 'move_mount', path: target });
}

/** O_CLOEXEC, which Node does not name. */
const closeOnExec = 0o2000000;

class Descriptors implements Disposable {
  readonly #open: number[] = [];

  open(path: string, flags: number): number {
    return this.adopt(openSync(path, flags));
  }

  adopt(descriptor: number): number {
    this.#open.push(descriptor);
    return descriptor;
  }

  [Symbol.dispose](): void {
    for (const descriptor of this.#open) closeSync(descriptor);
  }
}
