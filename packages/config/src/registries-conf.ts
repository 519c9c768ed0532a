import type { RegistriesConfiguration } from './configuration.ts';
import { type Layer, readFirstLayer, readLayers, readNamedLayer } from './layers.ts';
import { type Reader, registriesConfDropIns, registriesConfPaths } from './search-paths.ts';
import type { SettingsReader } from './settings-reader.ts';

const fileVariable = 'CONTAINERS_REGISTRIES_CONF';

/** Unlike the variables of the other files, this one leaves the drop-ins in force (podman 4.3.1). */
export function readRegistriesConf(reader: Reader): Layer[] {
  const { env, files } = reader;
  const named = env[fileVariable];
  const main = named ? [readNamedLayer(fileVariable, named, files)] : readFirstLayer(registriesConfPaths(reader), files);
  return [...main, ...readLayers(registriesConfDropIns(reader), files)];
}

export function registriesConfiguration(settings: SettingsReader): RegistriesConfiguration {
  const aliases = Object.entries(settings.textTable('aliases'));
  const insecure = settings.tables('registry').filter((registry) => registry.insecure === true);
  return {
    searchRegistries: settings.texts('unqualified-search-registries', []),
    // an empty reference takes an alias of an earlier file back
    aliases: Object.fromEntries(aliases.filter(([, reference]) => reference !== '')),
    shortNameMode: settings.choice('short-name-mode', ['enforcing', 'permissive', 'disabled']) ?? 'permissive',
    sources: {
      searchRegistries: settings.origin('unqualified-search-registries'),
      aliases: settings.tableOrigins('aliases'),
    },
    insecure: insecure.flatMap(({ location, prefix }) => [location, prefix].filter((name) => typeof name === 'string')),
  };
}
