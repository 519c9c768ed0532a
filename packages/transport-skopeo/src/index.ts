export { createSkopeoTransport } from './create-skopeo-transport.ts';
export type { SkopeoDependencies, SkopeoSettings } from './settings.ts';
