export { createCrun } from './create-crun.ts';
export type { CrunSettings } from './crun-settings.ts';
