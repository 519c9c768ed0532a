/**
 * What survives a reboot. A row is born as a reservation (`intent` is `create`, no config), becomes a container (no intent), and
 * is marked before it is removed (`intent` is `remove`); one table, so that ids and names are unique across all of them. `config`
 * is the config without its spec, which is ten times as long and of no interest to a listing; the name in it is the first, `name` the
 * present one. Rows of pods live likewise. A row of `renaming` holds a name that a container is about to get. Ids and names are unique
 * across all three, which `reserve`, `reservePod` and `beginRename` see to.
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
  `
  ALTER TABLE container ADD COLUMN pod TEXT;
  CREATE INDEX container_pod ON container (pod) WHERE pod IS NOT NULL;
  CREATE TABLE dependency (
    container TEXT NOT NULL,
    needs TEXT NOT NULL,
    PRIMARY KEY (container, needs)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX dependency_needs ON dependency (needs);
  CREATE TABLE pod (
    sequence INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL UNIQUE,
    intent TEXT CHECK (intent IN ('create', 'remove')),
    since INTEGER,
    config TEXT,
    CHECK ((config IS NULL) = (intent IS 'create')),
    CHECK ((since IS NULL) = (intent IS NULL))
  ) STRICT;
  CREATE INDEX pod_intent ON pod (intent) WHERE intent IS NOT NULL;
  CREATE TRIGGER pod_config_written_once BEFORE UPDATE OF id, name, config ON pod
    WHEN OLD.config IS NOT NULL
    BEGIN SELECT RAISE(ABORT, 'the config of a pod is written once'); END;
  `,
  `
  CREATE TABLE volume (
    name TEXT NOT NULL PRIMARY KEY,
    driver TEXT NOT NULL,
    intent TEXT CHECK (intent IN ('create', 'remove')),
    since INTEGER,
    config TEXT,
    flags TEXT,
    CHECK ((config IS NULL) = (intent IS 'create')),
    CHECK ((flags IS NULL) = (config IS NULL)),
    CHECK ((since IS NULL) = (intent IS NULL))
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX volume_intent ON volume (intent) WHERE intent IS NOT NULL;
  CREATE TRIGGER volume_config_written_once BEFORE UPDATE OF name, config ON volume
    WHEN OLD.config IS NOT NULL
    BEGIN SELECT RAISE(ABORT, 'the config of a volume is written once'); END;
  CREATE TABLE volume_use (
    container TEXT NOT NULL,
    volume TEXT NOT NULL,
    PRIMARY KEY (container, volume)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX volume_use_volume ON volume_use (volume);
  `,
  `
  DROP TRIGGER container_config_written_once;
  CREATE TRIGGER container_config_written_once BEFORE UPDATE OF id, config, spec ON container
    WHEN OLD.config IS NOT NULL
    BEGIN SELECT RAISE(ABORT, 'the config of a container is written once'); END;
  CREATE TABLE renaming (
    container TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    since INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TRIGGER container_name_claimed BEFORE UPDATE OF name ON container
    WHEN OLD.config IS NOT NULL AND NOT EXISTS (SELECT 1 FROM renaming WHERE container = OLD.id AND name = NEW.name)
    BEGIN SELECT RAISE(ABORT, 'a container gets only a name that it claimed'); END;
  `,
  'ALTER TABLE container ADD COLUMN resources TEXT',
  'ALTER TABLE container ADD COLUMN networks TEXT',
];
