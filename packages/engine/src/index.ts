export * from '@tspod/core';
export { createRuntime } from './create-runtime.ts';
export type { RuntimeOptions } from './options.ts';
