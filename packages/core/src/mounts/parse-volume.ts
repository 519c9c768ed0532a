import { checkDestination, checkMountWords, invalidMount } from './mount-words.ts';
import type { BindRequest, TmpfsRequest, VolumeMountRequest } from './requests.ts';

/** Docker's words for its virtual machines on macOS: there is nothing to do for them. */
const consistencyWords: readonly string[] = ['cached', 'delegated'];

/**
 * `-v` as podman-run(1) has it: `[HOST-DIR:|VOLUME:]CONTAINER-DIR[:OPTIONS]`. A source with a dot or a slash at its beginning is a path of
 * the host, and stays relative if it is; without a source it is a new volume.
 * @throws {InvalidArgumentError} `invalid-volume`
 */
export function parseVolume(text: string): BindRequest | VolumeMountRequest {
  const parts = text.split(':');
  if (parts.length > 3) throw invalidMount(`${text}: incorrect volume format, should be [host-dir:]ctr-dir[:option]`);
  if (parts.length === 1) return { type: 'volume', destination: checkDestination(text), options: [] };
  const [source = '', path = '', options = ''] = parts;
  if (source === '') throw invalidMount('host directory cannot be empty');
  const destination = checkDestination(path);
  const words = splitWords(options).filter((word) => !consistencyWords.includes(word));
  checkMountWords(words);
  if (/^[./]/.test(source)) return { type: 'bind', source, destination, options: words };
  return { type: 'volume', name: source, destination, options: words };
}

const tmpfsWords = new Set([
  ...['rw', 'ro', 'exec', 'noexec', 'dev', 'nodev', 'suid', 'nosuid', 'tmpcopyup', 'notmpcopyup', 'U'],
  ...['private', 'rprivate', 'shared', 'rshared', 'slave', 'rslave', 'noswap'],
]);
const tmpfsValues = /^(size|mode|uid|gid|nr_inodes|nr_blocks)=.+$/;

/** Words of which a tmpfs may have one at most. */
const tmpfsAlternatives = [
  ['rw', 'ro'],
  ['exec', 'noexec'],
  ['dev', 'nodev'],
  ['suid', 'nosuid'],
  ['tmpcopyup', 'notmpcopyup'],
] as const;

/**
 * `--tmpfs` as podman-run(1) has it: `CONTAINER-DIR[:OPTIONS]`.
 * @throws {InvalidArgumentError} `invalid-volume`
 */
export function parseTmpfs(text: string): TmpfsRequest {
  const colon = text.indexOf(':');
  const words = colon === -1 ? [] : splitWords(text.slice(colon + 1));
  checkTmpfsWords(words);
  return { type: 'tmpfs', destination: checkDestination(colon === -1 ? text : text.slice(0, colon)), options: words };
}

/** @throws {InvalidArgumentError} `invalid-volume` */
export function checkTmpfsWords(words: readonly string[]): void {
  const unknown = words.find((word) => !tmpfsWords.has(word) && !tmpfsValues.test(word));
  if (unknown !== undefined) throw invalidMount(`unknown mount option "${unknown}": invalid mount option`);
  for (const [one, other] of tmpfsAlternatives) {
    if (words.filter((word) => word === one || word === other).length > 1) {
      throw invalidMount(`only one of '${one}' and '${other}' can be used: duplicate mount option passed`);
    }
  }
}

function splitWords(text: string): string[] {
  return text === '' ? [] : text.split(',');
}
