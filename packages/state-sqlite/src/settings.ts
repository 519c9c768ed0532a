export interface SqliteStateSettings {
  /** Absolute path of the durable database, `<graph root>/tspod/state.db`. Made, with its directory, when missing. */
  readonly stateDatabase: string;
  /** Absolute path of the database that is void after a reboot, `<run root>/tspod/live.db`. Made, with its directory, when missing. */
  readonly liveDatabase: string;
}

export interface SqliteStateDependencies {
  /** Unix milliseconds; default `Date.now`. */
  readonly now?: (() => number) | undefined;
  /** Names the current boot of the machine; default `/proc/sys/kernel/random/boot_id`. Live state of another boot is dropped. */
  readonly bootId?: (() => string) | undefined;
}

export interface SqliteEventSettings {
  /** Absolute path of the database, `<graph root>/tspod/events.db`. Made, with its directory, when missing. */
  readonly database: string;
  /** How many events are kept, the newest; a few hundred more may be there. Default: 20,000, some 10 MB. */
  readonly limit?: number | undefined;
}
