/** What a reboot makes void. `boot` names the boot that the rest is about. */
export const liveMigrations: readonly string[] = [
  `
  CREATE TABLE boot (id TEXT NOT NULL) STRICT;
  INSERT INTO boot (id) VALUES ('');
  CREATE TABLE live (
    container TEXT PRIMARY KEY,
    state TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE exec_session (
    sequence INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    container TEXT NOT NULL,
    session TEXT NOT NULL
  ) STRICT;
  CREATE INDEX exec_session_container ON exec_session (container);
  `,
];
