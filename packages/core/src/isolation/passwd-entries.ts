import { posix } from 'node:path';
import { InvalidArgumentError, NotFoundError } from '../errors.ts';
import { parseGroup, parsePasswd } from '../users.ts';

export interface PasswdSources {
  /** `user[:group]` of the container. */
  readonly user: string;
  /** Content of the container's files; undefined: there is no such file, and none is made. */
  readonly passwd: string | undefined;
  readonly group: string | undefined;
  /** Becomes the home directory. */
  readonly workingDirectory: string;
  /** Replaces the line; see `IsolationOptions.passwdEntry`. */
  readonly entry: string | undefined;
  /** Names or ids of users of the host. */
  readonly hostUsers: readonly string[];
  /** Content of the host's passwd file. */
  readonly hostPasswd: string;
  /** Whether a mount of the container is at or above a directory. */
  readonly isMounted: (path: string) => boolean;
}

/**
 * Lines that are to be appended to the passwd and group files of a container, so that its user, when that is a number without an entry,
 * and users of the host have names there. Empty: nothing is to be appended.
 *
 * @throws {NotFoundError} `unknown-user` for a user that the host does not have.
 */
export function passwdAdditions(sources: PasswdSources): { readonly passwd: string; readonly group: string } {
  const users = parsePasswd(sources.passwd ?? '');
  const groups = parseGroup(sources.group ?? '');
  const lines: string[] = [];
  for (const name of sources.hostUsers) {
    const found = hostUser(sources.hostPasswd, name);
    if (users.some(({ name: known, uid }) => known === found.name || uid === found.uid)) continue;
    const home = sources.isMounted(found.home) ? found.home : sources.workingDirectory;
    lines.push(passwdLine({ ...found, home }, sources.entry));
    users.push({ ...found, home });
  }
  const [userPart = '', groupPart = ''] = sources.user.split(/:(.*)/s);
  if (isNumber(userPart) && !users.some(({ uid }) => uid === Number(userPart))) {
    const gid = isNumber(groupPart) ? Number(groupPart) : (groups.find(({ name }) => name === groupPart)?.gid ?? 0);
    const own = { name: userPart, uid: Number(userPart), gid, fullName: 'container user', home: sources.workingDirectory };
    lines.push(passwdLine(own, sources.entry));
  }
  const gid = groupPart || userPart;
  const lacksGroup = isNumber(gid) && !groups.some((group) => group.gid === Number(gid));
  return {
    passwd: sources.passwd === undefined ? '' : lines.join(''),
    group: sources.group !== undefined && lacksGroup ? `${gid}:x:${gid}:${userPart}\n` : '',
  };
}

interface User {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly fullName: string;
  readonly home: string;
}

function passwdLine({ name, uid, gid, fullName, home }: User, entry: string | undefined): string {
  if (entry === undefined) return `${name}:*:${uid}:${gid}:${fullName}:${home}:/bin/sh\n`;
  const values: Readonly<Record<string, string | number>> = { USERNAME: name, UID: uid, GID: gid, NAME: fullName, HOME: home };
  return `${entry.replace(/\$(USERNAME|UID|GID|NAME|HOME)/g, (_, key: string) => String(values[key]))}\n`;
}

/** The user with this name or id in a passwd file. @throws {NotFoundError} `unknown-user` */
function hostUser(passwd: string, name: string): User {
  for (const line of passwd.split('\n')) {
    const [entry] = parsePasswd(line);
    if (entry === undefined || (entry.name !== name && String(entry.uid) !== name)) continue;
    const [fullName = ''] = line.split(':')[4]?.split(',') ?? [];
    return { ...entry, fullName, home: entry.home || '/' };
  }
  throw new NotFoundError(`user: unknown user${isNumber(name) ? 'id' : ''} ${name}`, {
    code: 'unknown-user',
    hint: 'name a user of this machine',
  });
}

/** The path and those above it. */
export function withParents(path: string): string[] {
  const parents: string[] = [];
  for (let at = posix.normalize(path); at !== '/' && at !== '.'; at = posix.dirname(at)) parents.push(at);
  return parents;
}

/** @throws {InvalidArgumentError} `invalid-option` for a line that would not be one. */
export function checkPasswdEntry(entry: string | undefined): string | undefined {
  if (entry?.includes('\n')) {
    throw new InvalidArgumentError('an entry of the passwd file is one line', { code: 'invalid-option' });
  }
  return entry;
}

function isNumber(text: string): boolean {
  return /^\d+$/.test(text);
}
