export { createOciCli, type OciCliDependencies } from './oci-cli.ts';
export type { OciCliSettings, OciExecutableSettings } from './settings.ts';
export type { OciCliTraits } from './traits.ts';
