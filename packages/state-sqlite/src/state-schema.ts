/**
 * What survives a reboot. A row is born as a reservation (`intent` is `create`, no config), becomes a container (no intent), and
 * is marked before it is removed (`intent` is `remove`); one table, so that ids and names are unique across all of them. `config`
 * is the config without its spec, which is ten times as long and of no interest to a listing.
 */
export const stateMigrations: readonly string[] = [
  `
  CREATE TABLE container (
    sequence INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL UNIQUE,
    storage TEXT NOT NULL,
    intent TEXT CHECK (intent IN ('create', 'remove')),
    since INTEGER,
    last_run TEXT,
    config TEXT,
    spec TEXT,
    CHECK ((config IS NULL) = (intent IS 'create')),
    CHECK ((spec IS NULL) = (config IS NULL)),
    CHECK ((since IS NULL) = (intent IS NULL))
  ) STRICT;
  CREATE INDEX container_intent ON container (intent) WHERE intent IS NOT NULL;
  CREATE TRIGGER container_config_written_once BEFORE UPDATE OF id, name, config, spec ON container
    WHEN OLD.config IS NOT NULL
    BEGIN SELECT RAISE(ABORT, 'the config of a container is written once'); END;
  `,
];
