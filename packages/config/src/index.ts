export type {
  Configuration,
  ContainersConfiguration,
  DefaultBackends,
  EngineConfiguration,
  NetworkConfiguration,
  OutsideBackends,
  RegistriesConfiguration,
  StorageConfiguration,
} from './configuration.ts';
export type { FileAccess } from './file-access.ts';
export type { ConfigurationRequest } from './load-configuration.ts';
export { loadConfiguration } from './load-configuration.ts';
