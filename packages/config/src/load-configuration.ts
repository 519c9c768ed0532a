import { homedir } from 'node:os';
import type { Configuration, NetworkConfiguration, RegistriesConfiguration } from './configuration.ts';
import { containersConfiguration, engineConfiguration, readContainersConf } from './containers-conf.ts';
import { type FileAccess, fileSystem } from './file-access.ts';
import { type Layer, readLayers } from './layers.ts';
import { networkConfiguration } from './network-conf.ts';
import { readRegistriesConf, registriesConfiguration } from './registries-conf.ts';
import { type Reader, tspodConfPaths } from './search-paths.ts';
import { createSettingsReader } from './settings-reader.ts';
import { readStorageConf, storageConfiguration } from './storage-conf.ts';

export interface ConfigurationRequest {
  /** Default `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** User to read for; default: the one of this process. */
  readonly uid?: number | undefined;
  /** Default: the file system. */
  readonly files?: FileAccess | undefined;
}

/**
 * Reads containers.conf, storage.conf, registries.conf and tspod.conf where podman and tspod look for them, with drop-ins and
 * environment variables. Unknown keys are ignored. registries.conf is read when something asks for it, or for `files` or `origins`:
 * a command that resolves no image name can do without.
 *
 * @throws {InvalidArgumentError} `invalid-configuration`, naming the file and the line or the key, and what was expected.
 */
export function loadConfiguration({ env = process.env, uid, files = fileSystem }: ConfigurationRequest = {}): Configuration {
  const reader: Reader = { env, uid: uid ?? process.getuid?.() ?? 0, home: env.HOME || homedir(), files };
  const origins = new Map<string, string>();
  const read: string[] = [];
  const settingsOf = (layers: readonly Layer[]) => {
    read.push(...layers.map(({ file }) => file));
    return createSettingsReader(layers, origins);
  };
  const containers = settingsOf(readContainersConf(reader));
  const storage = settingsOf(readStorageConf(reader));
  const own = settingsOf(readLayers(tspodConfPaths(reader), files));
  let network: NetworkConfiguration | undefined;
  let registries: RegistriesConfiguration | undefined;
  const readRegistries = () => {
    registries ??= registriesConfiguration(settingsOf(readRegistriesConf(reader)));
    return registries;
  };
  return {
    engine: engineConfiguration(containers),
    containers: containersConfiguration(containers, files),
    get network() {
      network ??= networkConfiguration(containers);
      return network;
    },
    storage: storageConfiguration(storage, reader, origins),
    get registries() {
      return readRegistries();
    },
    defaults: {
      storage: own.text('defaults.storage', undefined),
      runtime: own.text('defaults.runtime', undefined),
      monitor: own.text('defaults.monitor', undefined),
    },
    backends: {
      directory: own.text('backends.directory', '') || '/usr/local/lib/tspod/node_modules',
      load: own.texts('backends.load', []),
    },
    get files() {
      readRegistries();
      return read;
    },
    get origins() {
      readRegistries();
      return origins;
    },
  };
}
