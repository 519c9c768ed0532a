export { createStreamServer } from './stream-server.ts';
export type { StreamServerSettings } from './stream-settings.ts';
