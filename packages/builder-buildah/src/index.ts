export type { BuildahDependencies, BuildahSettings } from './buildah-settings.ts';
export { createBuildahBuilder } from './create-buildah-builder.ts';
