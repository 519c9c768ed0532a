import { lstatSync, readlinkSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { InvalidArgumentError, NotFoundError } from '@tspod/core';

/** The kernel gives up after as many symbolic links. */
const mostLinks = 40;

/**
 * Makes sure that nobody but root can change what an absolute path leads to: every component, those that symbolic links lead over
 * too, belongs to root and can be written by root alone. A sticky directory such as `/tmp` may be written by all, because nobody
 * can replace in it what root has.
 *
 * @param uid of this process; there is nothing to look at for other users than root, who run what they like.
 * @throws {NotFoundError} `no-such-file`; {InvalidArgumentError} `untrusted-path` naming the component and what is wrong with it.
 */
export function requireTrustedPath(path: string, uid = process.geteuid?.() ?? 0): void {
  if (uid === 0) check(resolve(path), path, 0);
}

function check(path: string, asked: string, links: number): void {
  if (links > mostLinks) throw new InvalidArgumentError(`${asked}: too many symbolic links`, { code: 'untrusted-path' });
  let reached = '/';
  for (const name of ['', ...path.split('/').filter(Boolean)]) {
    reached = join(reached, name);
    const stat = lstatSync(reached, { throwIfNoEntry: false });
    if (stat === undefined) {
      throw new NotFoundError(`there is no ${reached}${reached === asked ? '' : `, which ${asked} leads over`}`, {
        code: 'no-such-file',
      });
    }
    if (stat.uid !== 0) throw untrusted(asked, reached, `belongs to user ${stat.uid}`, `chown root ${reached}`);
    if (stat.isSymbolicLink()) {
      check(resolve(dirname(reached), readlinkSync(reached)), asked, links + 1);
    } else if (isWritableByOthers(stat) && !(stat.isDirectory() && (stat.mode & 0o1000) !== 0)) {
      throw untrusted(asked, reached, 'can be written by others than root', `chmod go-w ${reached}`);
    }
  }
}

function isWritableByOthers({ mode, gid }: { readonly mode: number; readonly gid: number }): boolean {
  return (mode & 0o002) !== 0 || ((mode & 0o020) !== 0 && gid !== 0);
}

function untrusted(asked: string, component: string, fault: string, command: string): InvalidArgumentError {
  return new InvalidArgumentError(`${asked} is not loaded as root: ${component} ${fault}`, {
    code: 'untrusted-path',
    hint: `run ${command}, or keep it in a directory that is root's alone`,
  });
}
