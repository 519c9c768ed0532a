import { splitCommaList } from '../comma-list.ts';
import { checkDestination, checkMountWords, invalidMount, propagationWords } from './mount-words.ts';
import { checkTmpfsWords } from './parse-volume.ts';
import type { MountRequest } from './requests.ts';

/** One `KEY[=VALUE]` of `--mount`. */
interface Item {
  readonly key: string;
  /** Undefined: there is no `=`. */
  readonly value: string | undefined;
}

const targetKeys: readonly string[] = ['target', 'dst', 'destination'];
const sourceKeys: readonly string[] = ['src', 'source'];

/** Words that stand for themselves. */
const flagWords: readonly string[] = ['nosuid', 'suid', 'nodev', 'dev', 'noexec', 'exec'];

const makers: Readonly<Record<string, (items: readonly Item[]) => MountRequest>> = {
  bind: parseBind,
  volume: parseNamed,
  tmpfs: parseMemory,
  image: parseImage,
  devpts: parseDevpts,
};

/**
 * `--mount` as podman-run(1) has it: `type=TYPE,KEY=VALUE,…`. The source of a bind mount stays relative if it is.
 * @throws {InvalidArgumentError} `invalid-volume`
 */
export function parseMount(text: string): MountRequest {
  const words = splitCommaList(text);
  if (words === undefined) throw invalidMount(`the quotation marks in ${text} don't pair`);
  const items = words.map((word): Item => {
    const equals = word.indexOf('=');
    return equals === -1 ? { key: word, value: undefined } : { key: word.slice(0, equals), value: word.slice(equals + 1) };
  });
  const type = items.findIndex(({ key }) => key === 'type');
  if (items.length < 2 || type === -1) {
    throw invalidMount(
      'incorrect mount format: should be --mount type=<bind|tmpfs|volume>,[src=<host-dir|volume-name>,]target=<ctr-dir>[,options]',
    );
  }
  const kind = items[type]?.value ?? '';
  const make = Object.hasOwn(makers, kind) ? makers[kind] : undefined;
  if (make === undefined) throw invalidMount(`invalid filesystem type "${kind}"`, 'use bind, volume, tmpfs, image or devpts');
  return make(items.filter((_, index) => index !== type));
}

function parseBind(items: readonly Item[]): MountRequest {
  const places = placesOf(items);
  const words: string[] = [];
  for (const item of rest(items)) {
    const { key, value } = item;
    if (key === 'bind-nonrecursive') words.push('bind');
    else if (isAccess(key)) words.push(access(item));
    else if (flagWords.includes(key) || propagationWords.includes(key)) words.push(key);
    else if (key === 'bind-propagation') words.push(argument(item));
    else if (key === 'relabel') words.push(relabel(value));
    else if (key === 'z' || key === 'Z') words.push(key);
    else if (isChown(key)) words.push(...chown(item));
    else if (key === 'idmap') words.push(...idmap(item));
    else if (key !== 'consistency') throw unknown(key);
  }
  const destination = checkedDestination(items, places, words);
  return { type: 'bind', source: places.source || destination, destination, options: words };
}

function parseNamed(items: readonly Item[]): MountRequest {
  const places = placesOf(items);
  const words: string[] = [];
  const driverOptions: Record<string, string> = {};
  for (const item of rest(items)) {
    const { key } = item;
    if (key === 'volume-opt') {
      const [name = '', ...value] = argument(item).split('=');
      driverOptions[name] = value.join('=');
    } else if (key === 'volume-label') throw invalidMount('the --volume-label option is not presently implemented');
    else if (isAccess(key)) words.push(access(item));
    else if (flagWords.includes(key)) words.push(key);
    else if (isChown(key)) words.push(...chown(item));
    else if (key === 'idmap') words.push(...idmap(item));
    else if (key !== 'consistency') throw unknown(key);
  }
  const destination = checkedDestination(items, places, words);
  return {
    type: 'volume',
    name: places.source || undefined,
    destination,
    options: words,
    ...(Object.keys(driverOptions).length > 0 && { driverOptions }),
  };
}

function checkedDestination(
  items: readonly Item[],
  { destination }: ReturnType<typeof placesOf>,
  words: readonly string[],
): string {
  once(items, isAccess, "'readonly', 'ro', or 'rw'");
  if (destination === undefined) throw noDestination();
  checkMountWords(words);
  return destination;
}

function parseMemory(items: readonly Item[]): MountRequest {
  if (items.some(({ key }) => sourceKeys.includes(key))) throw invalidMount('source is not supported with tmpfs mounts');
  const { destination } = placesOf(items);
  const words: string[] = [];
  for (const item of rest(items)) {
    const { key } = item;
    if (isAccess(key)) words.push(access(item));
    else if (flagWords.includes(key)) words.push(key);
    else if (key === 'tmpfs-mode') words.push(`mode=${argument(item)}`);
    else if (key === 'tmpfs-size') words.push(`size=${argument(item)}`);
    else if (key === 'tmpcopyup' || key === 'notmpcopyup') words.push(key);
    else if (isChown(key)) words.push(...chown(item));
    else if (key !== 'consistency') throw unknown(key);
  }
  once(items, isAccess, "'readonly', 'ro', or 'rw'");
  once(items, (key) => /^(no)?tmpcopyup$/.test(key), "'tmpcopyup' and 'notmpcopyup'");
  if (destination === undefined) throw noDestination();
  checkTmpfsWords(words);
  return { type: 'tmpfs', destination, options: words };
}

function parseImage(items: readonly Item[]): MountRequest {
  const { source, destination } = placesOf(items);
  let readWrite = false;
  for (const { key, value } of rest(items)) {
    if (key === 'rw' || key === 'readwrite') {
      if (value !== 'true' && value !== 'false') throw invalidMount(`invalid rw value "${value ?? ''}": invalid mount option`);
      readWrite = value === 'true';
    } else if (key !== 'consistency') throw unknown(key);
  }
  if (!source || destination === undefined) throw invalidMount('must set source and destination for image volume');
  return { type: 'image', image: source, destination, readWrite };
}

function parseDevpts(items: readonly Item[]): MountRequest {
  const { destination } = placesOf(items);
  const words = rest(items).map((item) => {
    if (!/^(uid|gid|mode|max)$/.test(item.key)) throw unknown(item.key);
    const value = argument(item);
    if (!/^\d+$/.test(value)) throw invalidMount(`${item.key}=${value}: invalid mount option`, 'the value is a number');
    return `${item.key}=${value}`;
  });
  if (destination === undefined) throw noDestination();
  return { type: 'devpts', destination, options: words };
}

/** The last of each. */
function placesOf(items: readonly Item[]): { readonly source: string | undefined; readonly destination: string | undefined } {
  const last = (keys: readonly string[]) => {
    const item = items.findLast(({ key }) => keys.includes(key));
    return item === undefined ? undefined : argument(item);
  };
  const destination = last(targetKeys);
  return { source: last(sourceKeys), destination: destination === undefined ? undefined : checkDestination(destination) };
}

function rest(items: readonly Item[]): Item[] {
  return items.filter(({ key }) => !targetKeys.includes(key) && !sourceKeys.includes(key));
}

function isAccess(key: string): boolean {
  return key === 'ro' || key === 'readonly' || key === 'rw';
}

function isChown(key: string): boolean {
  return key === 'U' || key === 'chown';
}

function access({ key, value = 'true' }: Item): 'ro' | 'rw' {
  if (value !== 'true' && value !== 'false') {
    throw invalidMount(
      `'readonly', 'ro', or 'rw' must be set to true or false, instead received "${value}": must provide an argument for option`,
    );
  }
  return (key === 'rw') === (value === 'true') ? 'rw' : 'ro';
}

function chown({ value = 'true' }: Item): string[] {
  if (value !== 'true' && value !== 'false') {
    throw invalidMount(
      `'U' or 'chown' must be set to true or false, instead received "${value}": must provide an argument for option`,
    );
  }
  return value === 'true' ? ['U'] : [];
}

/** `true` and `false`, as the manual has it, or the mappings themselves. */
function idmap({ value = 'true' }: Item): string[] {
  if (value === 'false') return [];
  return [value === 'true' ? 'idmap' : `idmap=${value}`];
}

function relabel(value: string | undefined): 'z' | 'Z' {
  if (value === 'shared') return 'z';
  if (value === 'private') return 'Z';
  throw invalidMount("relabel mount option must be 'private' or 'shared': invalid mount option");
}

function argument({ key, value }: Item): string {
  if (value === undefined) throw invalidMount(`${key}: must provide an argument for option`);
  return value;
}

function once(items: readonly Item[], belongs: (key: string) => boolean, names: string): void {
  if (items.filter(({ key }) => belongs(key)).length < 2) return;
  throw invalidMount(`cannot pass ${names} options more than once: must provide an argument for option`);
}

function unknown(key: string): Error {
  return invalidMount(`${key}: invalid mount option`);
}

function noDestination(): Error {
  return invalidMount('must set volume destination');
}
