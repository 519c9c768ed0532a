import { join } from 'node:path';
import type { SelinuxContexts } from '@tspod/core';
import { readTextIfThere } from '@tspod/core';
import { checked, libraryFunction, terminated } from './libc.ts';
import { visitTree } from './visit-tree.ts';

const setxattr = libraryFunction('setxattr', 'int', ['void *', 'str', 'void *', 'size_t', 'int']);
const lsetxattr = libraryFunction('lsetxattr', 'int', ['void *', 'str', 'void *', 'size_t', 'int']);

const attribute = 'security.selinux';

/** What the policy that the machine uses says of containers: selinux_lxc_contexts_path(3). */
export function selinuxContexts(directory = '/etc/selinux'): SelinuxContexts | undefined {
  const type = assignments(join(directory, 'config')).get('SELINUXTYPE');
  if (type === undefined) return undefined;
  const contexts = assignments(join(directory, type, 'contexts/lxc_contexts'));
  const [process, file] = [contexts.get('process'), contexts.get('file')];
  if (process === undefined || file === undefined) return undefined;
  return { process, file, initProcess: contexts.get('init_process') };
}

/** `NAME = "VALUE"` lines; none of a file that is missing. */
function assignments(path: string): Map<string, string> {
  const text = readTextIfThere(path, ['ENOENT', 'ENOTDIR']) ?? '';
  const lines = text.split('\n').map((line) => /^\s*(\w+)\s*=\s*"?([^"#]*?)"?\s*$/.exec(line));
  return new Map(lines.flatMap((match) => (match?.[1] && match[2] ? [[match[1], match[2]] as const] : [])));
}

/** Labels a file, or a directory with all that is below it. */
export async function labelFiles(path: string, label: string): Promise<void> {
  const value = Buffer.from(`${label}\0`);
  await visitTree(path, {
    top: (file) => void checked(setxattr(terminated(file), attribute, value, value.length, 0), { syscall: 'setxattr', path }),
    below: (file) =>
      void checked(lsetxattr(terminated(file), attribute, value, value.length, 0), {
        syscall: 'lsetxattr',
        path: file.toString(),
      }),
  });
}
