type Sqlite = typeof import('node:sqlite');

/**
 * Node's SQLite binding. Loading it makes Node 22 announce an experimental feature on stderr, which is no news to somebody who
 * lists containers; every other warning passes.
 */
export function loadSqlite(): Sqlite {
  const { emitWarning } = process;
  process.emitWarning = (warning: string | Error, ...rest: unknown[]) => {
    if (!isSqliteAnnouncement(warning, rest[0])) Reflect.apply(emitWarning, process, [warning, ...rest]);
  };
  try {
    return process.getBuiltinModule('node:sqlite');
  } finally {
    process.emitWarning = emitWarning;
  }
}

function isSqliteAnnouncement(warning: string | Error, type: unknown): boolean {
  return type === 'ExperimentalWarning' && String(warning).startsWith('SQLite');
}
