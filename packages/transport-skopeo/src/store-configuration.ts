import { InvalidArgumentError } from '@tspod/core';
import type { SkopeoSettings } from './settings.ts';

/** Keys of `--storage-opt` that storage.conf has by another name, in `[storage.options]`. */
const lists: Readonly<Record<string, string>> = {
  imagestore: 'additionalimagestores',
  additionallayerstore: 'additionallayerstores',
};

/**
 * A storage.conf for skopeo. Unlike the `[overlay@root+runroot:options]` of a reference it takes paths and options of any
 * characters. `skip_mount_home`: skopeo would leave a mount of the store's overlay directory behind.
 */
export function storeConfiguration({ graphRoot, runRoot, storageOptions = [] }: SkopeoSettings): string {
  const stores = new Map<string, string[]>();
  const options = new Map([['skip_mount_home', 'true']]);
  for (const option of storageOptions) {
    const [, key, value] = /^(?:overlay2?\.)?([a-z_]+)=(.*)$/s.exec(option) ?? [];
    if (key === undefined || value === undefined) {
      throw new InvalidArgumentError(`storage option "${option}" is not of the form overlay.NAME=VALUE`, {
        code: 'invalid-storage-option',
      });
    }
    const list = lists[key];
    if (list === undefined) options.set(key, value);
    else stores.set(list, [...(stores.get(list) ?? []), value]);
  }
  return [
    '[storage]',
    'driver = "overlay"',
    `graphroot = ${toml(graphRoot)}`,
    `runroot = ${toml(runRoot)}`,
    '[storage.options]',
    ...[...stores].map(([key, values]) => `${key} = [${values.map(toml).join(', ')}]`),
    '[storage.options.overlay]',
    ...[...options].map(([key, value]) => `${key} = ${toml(value)}`),
    '',
  ].join('\n');
}

/** A JSON string is a TOML basic string too, but for the one control character that JSON need not escape. */
function toml(text: string): string {
  return JSON.stringify(text).replaceAll('\u007f', '\\u007f');
}
