/**
 * What happened in a store, for people and programs that want to know afterwards or as it happens.
 *
 * Events are told in the order in which they were appended, by whichever process. They survive a reboot, but they are a report and not a
 * record: an append may be lost when power is, and the oldest events go when there are too many. Appending is cheap enough to
 * be done by every verb: it never waits for a disk.
 */
export interface EventLog {
  readonly specVersion: 'v1';

  /** Adds an event. Its `time` is taken as it is; the order is that of the appends. */
  append(event: EngineEvent): Promise<void>;

  /**
   * The events that are kept, oldest first, and with `follow` those of every process as they are appended: each once, none left
   * out. What was appended before `read` was called is always found; what comes while reading is found with `follow`.
   *
   * Leaving the loop ends the reading and holds nothing open. Several readers don't disturb each other.
   *
   * @throws the signal's reason when aborted.
   */
  read(options?: EventReadOptions): AsyncIterable<EngineEvent>;

  /** Ends readers that follow, as if there were nothing more. Idempotent. Every other method throws `event-log-closed` (RuntimeStoppedError) afterwards. */
  close(): Promise<void>;
}

export interface EventReadOptions {
  /** Milliseconds since 1970, with fractions: leaves out what is older. */
  readonly since?: number | undefined;
  /** Milliseconds since 1970, with fractions: leaves out what is younger; a reader that follows ends at that moment. */
  readonly until?: number | undefined;
  /** Go on with what comes. Default: false. */
  readonly follow?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

export type EventType = 'container' | 'pod' | 'image' | 'volume' | 'network' | 'secret' | 'system';

/** podman's words for what happens to things of all types. */
export type EventAction =
  | 'attach'
  | 'build'
  | 'checkpoint'
  | 'cleanup'
  | 'commit'
  | 'connect'
  | 'copy'
  | 'create'
  | 'died'
  | 'disconnect'
  | 'exec'
  | 'exec_died'
  | 'export'
  | 'health_status'
  | 'import'
  | 'init'
  | 'kill'
  | 'loadfromarchive'
  | 'mount'
  | 'pause'
  | 'prune'
  | 'pull'
  | 'push'
  | 'refresh'
  | 'remove'
  | 'rename'
  | 'renumber'
  | 'restart'
  | 'restore'
  | 'rotate'
  | 'save'
  | 'start'
  | 'stop'
  | 'sync'
  | 'tag'
  | 'unmount'
  | 'unpause'
  | 'untag'
  | 'update';

export interface EngineEvent {
  readonly type: EventType;
  readonly action: EventAction;
  /** Of what it happened to; empty where that has none (a loaded archive, a volume, the system). */
  readonly id: string;
  readonly name: string;
  /** ISO 8601 in UTC with nine digits after the second: `2026-11-24T04:05:46.123456000Z`. */
  readonly time: string;
  /** Labels of the container or pod; what else there is to say. */
  readonly attributes: Readonly<Record<string, string>>;
  /** Of a container: the name of its image. */
  readonly image?: string | undefined;
  /** With `died` and `exec_died`. */
  readonly exitCode?: number | undefined;
  /** Of a container: the pod that it is in. */
  readonly podId?: string | undefined;
  /** With `connect` and `disconnect`: the name of the network. */
  readonly network?: string | undefined;
  /** With `health_status`. */
  readonly healthStatus?: string | undefined;
}
