import { readlinkSync } from 'node:fs';

/** In the order and spelling of podman's columns. */
export const namespaceKinds = ['CGROUPNS', 'IPC', 'MNT', 'NET', 'PIDNS', 'USERNS', 'UTS'] as const;

/** Numbers of the namespaces that a process is in; a kind is left out when the kernel does not say. */
export type Namespaces = Readonly<Partial<Record<(typeof namespaceKinds)[number], string>>>;

const files = { CGROUPNS: 'cgroup', IPC: 'ipc', MNT: 'mnt', NET: 'net', PIDNS: 'pid', USERNS: 'user', UTS: 'uts' } as const;

/** Empty for pid 0 and for a process that is gone. */
export function namespacesOf(pid: number): Namespaces {
  const found = namespaceKinds.map((kind) => [kind, namespaceOf(pid, files[kind])] as const);
  return Object.fromEntries(found.filter(([, number]) => number !== undefined));
}

function namespaceOf(pid: number, file: string): string | undefined {
  if (pid === 0) return undefined;
  try {
    return /\[(\d+)\]/.exec(readlinkSync(`/proc/${pid}/ns/${file}`))?.[1];
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ESRCH' || code === 'EACCES') return undefined;
    throw error;
  }
}
