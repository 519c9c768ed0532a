/** The newest events. `time` in microseconds since 1970: as fine as a number can say it. */
export const eventMigrations: readonly string[] = [
  `
  CREATE TABLE event (
    sequence INTEGER PRIMARY KEY,
    time INTEGER NOT NULL,
    event TEXT NOT NULL
  ) STRICT;
  `,
];
