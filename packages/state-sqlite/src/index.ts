export { createSqliteStateStore } from './create-sqlite-state-store.ts';
export type { SqliteStateDependencies, SqliteStateSettings } from './settings.ts';
