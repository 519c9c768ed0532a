export { createConmonMonitor } from './conmon-monitor.ts';
export type { ConmonSettings } from './conmon-settings.ts';
