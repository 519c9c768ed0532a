export type { DirDependencies, DirSettings } from './dir-settings.ts';
export { createDirStorage } from './dir-storage.ts';
