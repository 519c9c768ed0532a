import type { ImageBuilder } from '@tspod/core';
import { BuildahBuilder } from './buildah-builder.ts';
import type { BuildahDependencies, BuildahSettings } from './buildah-settings.ts';

/** An `ImageBuilder` that leaves the work to buildah, on the same store. Nothing is run or made before it is used. */
export function createBuildahBuilder(settings: BuildahSettings, { env = process.env }: BuildahDependencies = {}): ImageBuilder {
  return new BuildahBuilder(settings, env);
}
