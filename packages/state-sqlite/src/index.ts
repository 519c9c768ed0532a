export { createSqliteEventLog } from './create-sqlite-event-log.ts';
export { createSqliteStateStore } from './create-sqlite-state-store.ts';
export type { SqliteEventSettings, SqliteStateDependencies, SqliteStateSettings } from './settings.ts';
