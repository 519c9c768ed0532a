import { spawn } from 'node:child_process';
import { closeSync, constants, openSync, writeFileSync } from 'node:fs';
import { UnavailableError } from '@tspod/core';
import { AT_FDCWD, checked, lastErrno, rawSystemCall } from './libc.ts';
import { systemError } from './system-error.ts';

/** As `/proc/<pid>/uid_map` takes them, with the names of the OCI spec. */
export interface IdMapLine {
  readonly containerID: number;
  readonly hostID: number;
  readonly size: number;
}

const OPEN_TREE_CLONE = 1;
const MOVE_MOUNT_F_EMPTY_PATH = 4;
const AT_EMPTY_PATH = 0x1000;
const MOUNT_ATTR_IDMAP = 0x0010_0000n;
const closeOnExec = 0o2000000;

const openTree = rawSystemCall('open_tree', ['int', 'str', 'uint']);
const moveMount = rawSystemCall('move_mount', ['int', 'str', 'int', 'str', 'uint']);
const mountSetattr = rawSystemCall('mount_setattr', ['int', 'str', 'uint', 'void *', 'size_t']);

/**
 * Makes a user namespace with these maps and calls `use` with a descriptor of it. A process of util-linux's unshare(1) holds it until
 * then, because a process of several threads can't make one.
 *
 * @throws {UnavailableError} `cannot-run` without unshare(1), and where the kernel refuses it or the maps.
 */
export async function withUserNamespace<Result>(
  maps: { readonly uid: readonly IdMapLine[]; readonly gid: readonly IdMapLine[] },
  use: (descriptor: number) => Result | Promise<Result>,
): Promise<Result> {
  const child = spawn('unshare', ['--user', '--', 'cat'], { stdio: ['pipe', 'pipe', 'ignore'] });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  let descriptor: number | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      child.once('error', reject);
      child.stdout.once('data', () => resolve()); // it is in the namespace once cat(1) answers
      child.once('close', (code) => reject(new Error(`unshare ended with exit code ${code}`)));
      child.stdin.on('error', () => undefined);
      child.stdin.write('\n');
    });
    writeFileSync(`/proc/${child.pid}/uid_map`, mapText(maps.uid));
    writeFileSync(`/proc/${child.pid}/gid_map`, mapText(maps.gid));
    descriptor = openSync(`/proc/${child.pid}/ns/user`, constants.O_RDONLY);
  } catch (cause) {
    throw new UnavailableError(`making a user namespace failed: ${(cause as Error).message}`, {
      code: 'cannot-run',
      hint: 'unshare (util-linux) must be there, the kernel must allow user namespaces, and maps must not overlap',
      cause,
    });
  } finally {
    child.stdin.end();
    await ended;
  }
  try {
    return await use(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function mapText(lines: readonly IdMapLine[]): string {
  return lines.map(({ containerID, hostID, size }) => `${containerID} ${hostID} ${size}\n`).join('');
}

/**
 * Mounts at `target` what is at `source`, with its owners seen as the user namespace maps them (Linux 5.12 and a file system that can).
 * @throws {UnavailableError} `no-idmapped-mounts`
 */
export function mountIdMapped(source: string, target: string, userNamespace: number): void {
  const tree = checked(openTree(AT_FDCWD, source, OPEN_TREE_CLONE | closeOnExec), { syscall: 'open_tree', path: source });
  try {
    const attributes = Buffer.from(BigUint64Array.of(MOUNT_ATTR_IDMAP, 0n, 0n, BigInt(userNamespace)).buffer);
    if (mountSetattr(tree, '', AT_EMPTY_PATH, attributes, attributes.length) < 0) {
      const cause = systemError(lastErrno(), { syscall: 'mount_setattr', path: source });
      throw new UnavailableError(`the ids of ${source} can't be mapped: ${cause.message}`, {
        code: 'no-idmapped-mounts',
        hint: 'user namespaces need Linux 5.19 or later, and a file system that takes mapped mounts (ext4, xfs, btrfs)',
        cause,
      });
    }
    checked(moveMount(tree, '', AT_FDCWD, target, MOVE_MOUNT_F_EMPTY_PATH), {
      syscall: 'move_mount',
      path: source,
      dest: target,
    });
  } finally {
    closeSync(tree);
  }
}
