import { posix } from 'node:path';
import type { MountRequest } from './container/create-options.ts';
import { InvalidArgumentError } from './errors.ts';

type BindRequest = Extract<MountRequest, { type: 'bind' }>;
type TmpfsRequest = Extract<MountRequest, { type: 'tmpfs' }>;

/** Words of which a mount may have one at most. */
const alternatives: readonly (readonly string[])[] = [
  ['rw', 'ro'],
  ['exec', 'noexec'],
  ['dev', 'nodev'],
  ['suid', 'nosuid'],
  ['z', 'Z'],
  ['bind', 'rbind'],
  ['private', 'rprivate', 'shared', 'rshared', 'slave', 'rslave', 'unbindable', 'runbindable'],
];

const bindWords = new Set([...alternatives.flat(), 'copy', 'nocopy']);
const tmpfsWords = new Set([
  ...['rw', 'ro', 'exec', 'noexec', 'dev', 'nodev', 'suid', 'nosuid', 'tmpcopyup', 'notmpcopyup'],
  ...['private', 'rprivate', 'shared', 'rshared', 'slave', 'rslave', 'noswap'],
]);
const tmpfsValues = /^(size|mode|uid|gid|nr_inodes|nr_blocks)=.+$/;

/**
 * `-v` as podman-run(1) has it, for a directory or file of the host: `/host:/container[:options]`.
 * @throws {InvalidArgumentError} `invalid-volume` naming what is wrong; named and anonymous volumes are refused.
 */
export function parseVolume(text: string): BindRequest {
  const parts = text.split(':');
  const [source = '', destination = '', options = ''] = parts;
  if (parts.length > 3) throw invalid(`${text}: incorrect volume format, should be [host-dir:]ctr-dir[:option]`);
  if (parts.length === 1) throw needsVolumes(text, 'an anonymous volume');
  if (source === '') throw invalid(`${text}: host directory cannot be empty`);
  if (destination === '') throw invalid(`${text}: container directory cannot be empty`);
  if (!source.startsWith('/') && !source.startsWith('.')) throw needsVolumes(text, `the named volume "${source}"`);
  const words = splitOptions(options);
  const unknown = words.find((word) => !bindWords.has(word));
  if (unknown !== undefined) throw invalid(`${text}: invalid option type "${unknown}"`);
  checkAlternatives(words);
  return { type: 'bind', source, destination: checkDestination(destination), options: words };
}

/**
 * `--tmpfs` as podman-run(1) has it: `/container[:options]`.
 * @throws {InvalidArgumentError} `invalid-volume` naming what is wrong.
 */
export function parseTmpfs(text: string): TmpfsRequest {
  const colon = text.indexOf(':');
  const destination = colon === -1 ? text : text.slice(0, colon);
  const words = colon === -1 ? [] : splitOptions(text.slice(colon + 1));
  const unknown = words.find((word) => !tmpfsWords.has(word) && !tmpfsValues.test(word));
  if (unknown !== undefined) throw invalid(`${text}: unknown mount option "${unknown}": invalid mount option`);
  checkAlternatives(words);
  return { type: 'tmpfs', destination: checkDestination(destination), options: words };
}

function splitOptions(text: string): string[] {
  return text === '' ? [] : text.split(',');
}

function checkDestination(path: string): string {
  if (!path.startsWith('/')) throw invalid(`invalid container path "${path}", must be an absolute path`);
  const clean = posix.normalize(path).replace(/(.)\/$/, '$1');
  if (clean === '/') throw invalid('invalid container path "/": it is the root filesystem itself');
  return clean;
}

function checkAlternatives(words: readonly string[]): void {
  for (const group of alternatives) {
    const given = words.filter((word) => group.includes(word));
    if (given.length > 1) {
      throw invalid(
        `invalid options "${given.join(', ')}", can only specify 1 ${group.map((word) => `'${word}'`).join(' or ')} option`,
      );
    }
  }
}

function needsVolumes(text: string, what: string): InvalidArgumentError {
  return new InvalidArgumentError(`${text}: this version of tspod has no volumes of its own, and ${what} would be one`, {
    code: 'invalid-volume',
    hint: 'give an absolute path on the host: -v /host/dir:/container/dir',
  });
}

function invalid(message: string): InvalidArgumentError {
  return new InvalidArgumentError(message, {
    code: 'invalid-volume',
    hint: 'see the --volume and --tmpfs options of podman-run(1)',
  });
}
