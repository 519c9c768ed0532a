export { createRunc } from './create-runc.ts';
export type { RuncSettings } from './runc-settings.ts';
