import { EngineError, InvalidArgumentError } from './errors.ts';

export interface PasswdEntry {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  /** Empty when the entry has none. */
  readonly home: string;
}

export interface GroupEntry {
  readonly name: string;
  readonly gid: number;
  readonly members: readonly string[];
}

export interface ResolvedUser {
  readonly uid: number;
  readonly gid: number;
  readonly additionalGids: readonly number[];
  /** Undefined: the user has no passwd entry, or the entry no home. */
  readonly home: string | undefined;
}

export interface UserSources {
  /** Content of the container's passwd and group files; empty when there are none. */
  readonly passwd: string;
  readonly group: string;
  /** More groups, names or ids. Default: none. */
  readonly additionalGroups?: readonly string[] | undefined;
}

const largestId = 2_147_483_647;

/**
 * Who `user[:group]` is. Each part is a name or an id; digits are always an id, which needs no entry (its group is then 0). An empty
 * user is root. Without an explicit group the user is also in every group that lists it.
 *
 * @throws {InvalidArgumentError} `unknown-user`, `unknown-group`, `unknown-supplemental-group`; `invalid-user` for an id out of range.
 */
export function resolveUser(specification: string, sources: UserSources): ResolvedUser {
  const users = parsePasswd(sources.passwd);
  const groups = parseGroup(sources.group);
  const [userPart, groupPart] = split(specification);
  const { uid, entry } = findUser(userPart, users);
  const gid = groupPart === '' ? primaryGid(userPart, entry) : findGroup(groupPart, groups);
  const additional = (sources.additionalGroups ?? []).map((group) => findSupplementalGroup(group, groups));
  const listed = userPart !== '' && groupPart === '' && entry !== undefined ? gidsListing(entry.name, groups) : [];
  const own = specification === '' ? [] : [gid];
  return { uid, gid, additionalGids: [...new Set([...own, ...additional, ...listed])], home: entry?.home || undefined };
}

/** Lines that are no entries (comments, NIS `+` and `-`, too few fields, ids that are no numbers) are passed over. */
export function parsePasswd(text: string): PasswdEntry[] {
  return entryLines(text).flatMap(([name = '', , uid = '', gid = '', , home = '']) =>
    isId(uid) && isId(gid) ? [{ name, uid: Number(uid), gid: Number(gid), home }] : [],
  );
}

/** As tolerant as `parsePasswd`. */
export function parseGroup(text: string): GroupEntry[] {
  return entryLines(text).flatMap(([name = '', , gid = '', members = '']) =>
    isId(gid) ? [{ name, gid: Number(gid), members: members.split(',').filter(Boolean) }] : [],
  );
}

function entryLines(text: string): string[][] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^[#+-]/.test(line))
    .map((line) => line.split(':'));
}

function split(specification: string): readonly [string, string] {
  const colon = specification.indexOf(':');
  return colon === -1 ? [specification, ''] : [specification.slice(0, colon), specification.slice(colon + 1)];
}

function findUser(
  user: string,
  users: readonly PasswdEntry[],
): { readonly uid: number; readonly entry: PasswdEntry | undefined } {
  const id = user === '' ? 0 : parseId(user);
  const entry = users.find((candidate) => (id === undefined ? candidate.name === user : candidate.uid === id));
  const uid = id ?? entry?.uid;
  if (uid === undefined) {
    throw new InvalidArgumentError(`unable to find user ${user}: no matching entries in passwd file`, {
      code: 'unknown-user',
      hint: 'name a user of the container, or give a numeric id',
    });
  }
  return { uid, entry };
}

/** Unasked, the user is root with root's group, whatever passwd says. */
function primaryGid(userPart: string, entry: PasswdEntry | undefined): number {
  return userPart === '' ? 0 : (entry?.gid ?? 0);
}

function findGroup(group: string, groups: readonly GroupEntry[]): number {
  const gid = parseId(group) ?? groups.find(({ name }) => name === group)?.gid;
  if (gid === undefined) {
    throw new InvalidArgumentError(`unable to find group ${group}: no matching entries in group file`, {
      code: 'unknown-group',
      hint: 'name a group of the container, or give a numeric id',
    });
  }
  return gid;
}

function findSupplementalGroup(group: string, groups: readonly GroupEntry[]): number {
  try {
    return findGroup(group, groups);
  } catch (error) {
    if (!EngineError.isInstance(error) || error.code !== 'unknown-group') throw error;
    throw new InvalidArgumentError(`Unable to find group ${group}: no matching entries in group file`, {
      code: 'unknown-supplemental-group',
      hint: error.hint,
    });
  }
}

function gidsListing(user: string, groups: readonly GroupEntry[]): number[] {
  return groups.filter(({ members }) => members.includes(user)).map(({ gid }) => gid);
}

function parseId(text: string): number | undefined {
  if (!/^-?\d+$/.test(text)) return undefined;
  if (!isId(text)) {
    throw new InvalidArgumentError(`invalid user or group id ${text}: uids and gids must be in range 0-${largestId}`, {
      code: 'invalid-user',
    });
  }
  return Number(text);
}

function isId(text: string): boolean {
  return /^\d+$/.test(text) && Number(text) <= largestId;
}
