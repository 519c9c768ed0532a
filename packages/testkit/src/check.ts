/** One promise of a contract. `run` rejects when what the fixture has does not keep it. */
export interface Check<Fixture> {
  readonly name: string;
  /** What this machine lacks for it, whatever the capabilities say; it is printed, and the check skipped. Default: nothing. */
  lacks?(fixture: Fixture): Promise<string | undefined>;
  run(fixture: Fixture): Promise<void>;
}

/** A promise that not everything makes. */
export interface ConditionalCheck<Fixture, Capabilities> extends Check<Fixture> {
  /** What something must be able to do for the promise to mean anything. */
  needs(capabilities: Capabilities): boolean;
}
