import { type HostMount, InvalidArgumentError, NotSupportedError } from '@tspod/core';

/** What the options of a local volume mean; podman-volume-create(1). */
export interface LocalOptions {
  readonly uid: number | undefined;
  readonly gid: number | undefined;
  /** What is mounted at the volume while somebody holds it; undefined: it is a directory. */
  readonly mount: Omit<HostMount, 'target'> | undefined;
}

const known: readonly string[] = ['type', 'device', 'o', 'copy', 'nocopy'];

/**
 * `type`, `device` and `o` as mount(8) has them. In `o`, `uid=` and `gid=` are the owner of a plain directory, and a tmpfs's own options
 * of that name otherwise.
 *
 * @throws {InvalidArgumentError} `invalid-volume-option`; {NotSupportedError} `no-volume-quota` for a limit on a directory.
 */
export function parseLocalOptions(options: Readonly<Record<string, string>>): LocalOptions {
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) throw invalid(`invalid mount option ${name} for driver 'local': invalid argument`);
  }
  const { type = '', device = '', o = '' } = options;
  const words = o === '' ? [] : o.split(',');
  if (type === 'tmpfs') {
    return { uid: undefined, gid: undefined, mount: { source: device || 'tmpfs', type: 'tmpfs', options: words } };
  }
  const quota = words.find((word) => /^(size|inodes)=/.test(word));
  if (quota !== undefined) {
    throw new NotSupportedError(`the volume option "${quota}" can't be kept: only a tmpfs can be limited`, {
      code: 'no-volume-quota',
      hint: 'use --opt type=tmpfs --opt device=tmpfs, or a file system of its own by --opt device=',
    });
  }
  const rest = words.filter((word) => !/^[ug]id=/i.test(word));
  return { uid: idIn(words, 'uid'), gid: idIn(words, 'gid'), mount: mountOf(type, device, rest) };
}

function mountOf(type: string, device: string, words: readonly string[]): LocalOptions['mount'] {
  const isBind = type === 'bind' || type === 'none' || words.includes('bind') || words.includes('rbind');
  if (device === '') {
    if (type === '' && words.length === 0) return undefined;
    throw invalid(`the volume options type=${type} o=${words.join(',')} need a device=: what is to be mounted`);
  }
  if (type === '' && !isBind) throw invalid(`the volume option device=${device} needs a type=: how it is to be mounted`);
  if (!isBind) return { source: device, type, options: words };
  const recursive = words.includes('rbind') || !words.includes('bind');
  const others = words.filter((word) => word !== 'bind' && word !== 'rbind');
  return { source: device, type: '', options: [recursive ? 'rbind' : 'bind', ...others] };
}

function idIn(words: readonly string[], name: 'uid' | 'gid'): number | undefined {
  const word = words.findLast((one) => one.toLowerCase().startsWith(`${name}=`));
  if (word === undefined) return undefined;
  const text = word.slice(name.length + 1);
  if (!/^\d{1,10}$/.test(text) || Number(text) > 4_294_967_294) {
    throw invalid(`cannot convert ${name} ${text} to an id: it is no number from 0 to 4294967294`);
  }
  return Number(text);
}

function invalid(message: string): InvalidArgumentError {
  return new InvalidArgumentError(message, {
    code: 'invalid-volume-option',
    hint: 'known options are type, device and o, as podman-volume-create(1) has them',
  });
}
