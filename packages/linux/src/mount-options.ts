/** Flags of mount(2). */
export const MS = {
  rdonly: 1,
  nosuid: 2,
  nodev: 4,
  noexec: 8,
  synchronous: 16,
  remount: 32,
  mandlock: 64,
  dirsync: 128,
  nosymfollow: 256,
  noatime: 1024,
  nodiratime: 2048,
  bind: 4096,
  rec: 16384,
  silent: 32768,
  unbindable: 1 << 17,
  private: 1 << 18,
  slave: 1 << 19,
  shared: 1 << 20,
  relatime: 1 << 21,
  iversion: 1 << 23,
  strictatime: 1 << 24,
  lazytime: 1 << 25,
} as const;

export interface ParsedMountOptions {
  /** Flags to set, without those of `propagation`. */
  readonly set: number;
  /** Flags that a word such as `rw` or `dev` clears. */
  readonly clear: number;
  /** Each is a mount(2) call of its own: the kernel takes one change of propagation at a time. */
  readonly propagation: readonly number[];
  /** The words that are no flags; the file system reads them. */
  readonly data: readonly string[];
}

const setting: ReadonlyMap<string, number> = new Map([
  ['ro', MS.rdonly],
  ['nosuid', MS.nosuid],
  ['nodev', MS.nodev],
  ['noexec', MS.noexec],
  ['sync', MS.synchronous],
  ['remount', MS.remount],
  ['mand', MS.mandlock],
  ['dirsync', MS.dirsync],
  ['nosymfollow', MS.nosymfollow],
  ['noatime', MS.noatime],
  ['nodiratime', MS.nodiratime],
  ['bind', MS.bind],
  ['rbind', MS.bind | MS.rec],
  ['silent', MS.silent],
  ['relatime', MS.relatime],
  ['iversion', MS.iversion],
  ['strictatime', MS.strictatime],
  ['lazytime', MS.lazytime],
]);

const clearing: ReadonlyMap<string, number> = new Map([
  ['defaults', 0],
  ['rw', MS.rdonly],
  ['suid', MS.nosuid],
  ['dev', MS.nodev],
  ['exec', MS.noexec],
  ['async', MS.synchronous],
  ['nomand', MS.mandlock],
  ['symfollow', MS.nosymfollow],
  ['atime', MS.noatime],
  ['diratime', MS.nodiratime],
  ['loud', MS.silent],
  ['norelatime', MS.relatime],
  ['noiversion', MS.iversion],
  ['nostrictatime', MS.strictatime],
  ['nolazytime', MS.lazytime],
]);

const propagating: ReadonlyMap<string, number> = new Map([
  ['private', MS.private],
  ['rprivate', MS.private | MS.rec],
  ['shared', MS.shared],
  ['rshared', MS.shared | MS.rec],
  ['slave', MS.slave],
  ['rslave', MS.slave | MS.rec],
  ['unbindable', MS.unbindable],
  ['runbindable', MS.unbindable | MS.rec],
]);

/** Splits fstab words into what mount(2) takes apart. Of two words about one flag the later one counts. */
export function parseMountOptions(words: readonly string[]): ParsedMountOptions {
  let set = 0;
  let clear = 0;
  const propagation: number[] = [];
  const data: string[] = [];
  for (const word of words) {
    const sets = setting.get(word);
    const clears = clearing.get(word);
    const propagates = propagating.get(word);
    if (sets !== undefined) {
      set |= sets;
      clear &= ~sets;
    } else if (clears !== undefined) {
      set &= ~clears;
      clear |= clears;
    } else if (propagates !== undefined) {
      propagation.push(propagates);
    } else if (word !== '') {
      data.push(word);
    }
  }
  return { set, clear, propagation, data };
}
