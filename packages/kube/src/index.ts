export { type DownReport, takeDownKube } from './down.ts';
export { type GenerateOptions, generateKube } from './generate.ts';
export { type PlayedPod, type PlayReport, playKube } from './play.ts';
export type { PlayOptions } from './play-options.ts';
