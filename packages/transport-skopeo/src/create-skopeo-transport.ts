import type { ImageTransport } from '@tspod/core';
import type { SkopeoDependencies, SkopeoSettings } from './settings.ts';
import { skopeoTransport } from './skopeo-transport.ts';

/** An `ImageTransport` that leaves the work to skopeo. Nothing is run or made before it is used. */
export function createSkopeoTransport(settings: SkopeoSettings, { env = process.env }: SkopeoDependencies = {}): ImageTransport {
  return skopeoTransport(settings, env);
}
