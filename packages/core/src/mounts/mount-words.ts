import { posix } from 'node:path';
import { InvalidArgumentError } from '../errors.ts';

export const propagationWords: readonly string[] = [
  'private',
  'rprivate',
  'shared',
  'rshared',
  'slave',
  'rslave',
  'unbindable',
  'runbindable',
];

/** Words of which a mount may have one at most, with podman's name for the group. */
const alternatives: readonly (readonly [words: readonly string[], name: string])[] = [
  [['rw', 'ro'], "'rw' or 'ro'"],
  [['exec', 'noexec'], "'noexec' or 'exec'"],
  [['dev', 'nodev'], "'nodev' or 'dev'"],
  [['suid', 'nosuid'], "'nosuid' or 'suid'"],
  [['z', 'Z', 'O'], "'z', 'Z', or 'O'"],
  [['bind', 'rbind'], "'rbind' or 'bind'"],
  [['copy', 'nocopy'], "'copy' or 'nocopy'"],
  [['U'], "'U'"],
  [propagationWords, "'[r]shared', '[r]private', '[r]slave' or '[r]unbindable'"],
];

const known: ReadonlySet<string> = new Set([...alternatives.flatMap(([words]) => words), 'idmap']);

/** Say where an overlay keeps what is changed; only with `O`. */
const overlayDirectory = /^(upperdir|workdir)=./;

/**
 * Checks the words of a bind mount or a volume.
 * @throws {InvalidArgumentError} `invalid-volume`
 */
export function checkMountWords(words: readonly string[]): void {
  const isOverlay = words.includes('O');
  for (const word of words) {
    const isKnown = known.has(word) || word.startsWith('idmap=') || (isOverlay && overlayDirectory.test(word));
    if (!isKnown) throw invalidMount(`invalid option type "${word}"`);
  }
  for (const [group, name] of alternatives) {
    const given = words.filter((word) => group.includes(word));
    if (given.length > 1) throw invalidMount(`invalid options "${given.join(', ')}", can only specify 1 ${name} option`);
  }
  if (!isOverlay) return;
  if (words.some((word) => !/^[OU]$/.test(word) && !overlayDirectory.test(word))) {
    throw invalidMount("can't use 'O' with other options");
  }
  if (words.some((word) => word.startsWith('upperdir=')) !== words.some((word) => word.startsWith('workdir='))) {
    throw invalidMount('must specify both upperdir and workdir');
  }
}

/** Without slashes at its end or doubled ones. @throws {InvalidArgumentError} `invalid-volume` unless it is absolute and below the root. */
export function checkDestination(path: string): string {
  if (path === '') throw invalidMount('container directory cannot be empty');
  if (!path.startsWith('/')) throw invalidMount(`invalid container path "${path}", must be an absolute path`);
  const clean = cleanPath(path);
  if (clean === '/') throw invalidMount('invalid container path "/": it is the root filesystem itself');
  return clean;
}

export function cleanPath(path: string): string {
  return posix.normalize(path).replace(/(.)\/$/, '$1');
}

/** As the defaults of podman complete them: the given words first. Complete words stay as they are. */
export function completeBindWords(given: readonly string[], kind: 'bind' | 'volume'): string[] {
  const access =
    kind === 'volume' ? [...unlessAny(given, ['suid', 'nosuid'], 'nosuid'), ...unlessAny(given, ['dev', 'nodev'], 'nodev')] : [];
  return [
    ...given,
    ...unlessAny(given, ['rw', 'ro'], 'rw'),
    ...unlessAny(given, propagationWords, 'rprivate'),
    ...access,
    ...unlessAny(given, ['bind', 'rbind'], 'rbind'),
  ];
}

export function completeTmpfsWords(given: readonly string[]): string[] {
  const words = given.filter((word) => word !== 'notmpcopyup');
  return [
    ...words,
    ...unlessAny(words, ['rw', 'ro'], 'rw'),
    ...unlessAny(words, propagationWords, 'rprivate'),
    ...unlessAny(words, ['suid', 'nosuid'], 'nosuid'),
    ...unlessAny(words, ['dev', 'nodev'], 'nodev'),
    ...unlessAny(given, ['tmpcopyup', 'notmpcopyup'], 'tmpcopyup'),
  ];
}

function unlessAny(words: readonly string[], alternatives: readonly string[], fallback: string): string[] {
  return words.some((word) => alternatives.includes(word)) ? [] : [fallback];
}

export function invalidMount(message: string, hint = 'see --volume, --mount and --tmpfs in podman-run(1)'): InvalidArgumentError {
  return new InvalidArgumentError(message, { code: 'invalid-volume', hint });
}
