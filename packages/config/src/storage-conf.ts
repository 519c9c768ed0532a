import { join } from 'node:path';
import type { StorageConfiguration } from './configuration.ts';
import { invalidConfiguration } from './invalid-configuration.ts';
import { type Layer, readFirstLayer, readLayers, readNamedLayer } from './layers.ts';
import { type Reader, storageConfDropIns, storageConfPaths } from './search-paths.ts';
import type { SettingsReader } from './settings-reader.ts';

const fileVariable = 'CONTAINERS_STORAGE_CONF';

export function readStorageConf(reader: Reader): Layer[] {
  const { env, files } = reader;
  const only = env[fileVariable];
  if (only) return [readNamedLayer(fileVariable, only, files)];
  return [...readFirstLayer(storageConfPaths(reader), files), ...readLayers(storageConfDropIns(reader), files)];
}

export function storageConfiguration(
  settings: SettingsReader,
  reader: Reader,
  origins: Map<string, string>,
): StorageConfiguration {
  const { STORAGE_DRIVER: driverVariable, STORAGE_OPTS: optionsVariable } = reader.env;
  const driver = driverVariable || settings.text('storage.driver', undefined) || undefined;
  if (driverVariable) origins.set('storage.driver', 'STORAGE_DRIVER');
  if (optionsVariable !== undefined) origins.set('storage.options', 'STORAGE_OPTS');
  const roots = defaultRoots(reader);
  return {
    driver,
    graphRoot: absolute(settings, 'storage.graphroot', roots.graphRoot, origins),
    runRoot: absolute(settings, 'storage.runroot', roots.runRoot, origins),
    options:
      optionsVariable === undefined
        ? fileOptions(settings, driver)
        : optionsVariable.split(',').filter((option) => option !== ''),
  };
}

function defaultRoots({ uid, env, home }: Reader): { readonly graphRoot: string; readonly runRoot: string } {
  if (uid === 0) return { graphRoot: '/var/lib/containers/storage', runRoot: '/run/containers/storage' };
  return {
    graphRoot: join(env.XDG_DATA_HOME || join(home, '.local/share'), 'containers/storage'),
    runRoot: join(env.XDG_RUNTIME_DIR || `/run/user/${uid}`, 'containers'),
  };
}

function absolute(settings: SettingsReader, key: string, fallback: string, origins: ReadonlyMap<string, string>): string {
  const path = settings.text(key, '') || fallback;
  if (!path.startsWith('/'))
    throw invalidConfiguration(origins.get(key) ?? key, `${key} must be an absolute path, not "${path}"`);
  return path;
}

/** Keys that a driver's own table and, in older files, `[storage.options]` itself may have. */
const driverKeys = [
  'ignore_chown_errors',
  'mount_program',
  'mountopt',
  'size',
  'inodes',
  'skip_mount_home',
  'force_mask',
  'use_composefs',
];

/** What the files say in the form of `--storage-opt`. */
function fileOptions(settings: SettingsReader, driver = 'overlay'): string[] {
  const lists = [
    ['additionalimagestores', 'imagestore'],
    ['additionallayerstores', 'additionallayerstore'],
  ] as const;
  const stores = lists.flatMap(([key, option]) =>
    settings.texts(`storage.options.${key}`, []).map((path) => `${driver}.${option}=${path}`),
  );
  const own = driverKeys.flatMap((key) => {
    const value = settings.text(`storage.options.${driver}.${key}`, '') || settings.text(`storage.options.${key}`, '');
    return value === '' ? [] : [`${driver}.${key}=${value}`];
  });
  return [...stores, ...own];
}
