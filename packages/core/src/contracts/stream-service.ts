import type { AttachClient, TerminalSize } from './container-monitor.ts';

/**
 * Gives the streams of processes to clients that can only follow a URL, such as a browser or a remote front end. It knows nothing of
 * containers: it gets sessions that it may open once, and hands out a ticket for each.
 *
 * It listens while there are tickets or clients, and at no other time.
 */
export interface StreamService {
  readonly specVersion: 'v1';

  /**
   * A URL by which one client, once, can open the session. Nothing is started before somebody comes with it.
   * @throws {UnavailableError} `too-many-tickets` when more are outstanding than allowed, `cannot-listen`; {RuntimeStoppedError} `runtime-stopped`.
   */
  offer(session: OfferedSession, options?: OfferOptions): Promise<StreamTicket>;

  /** Ends every connection and makes every ticket void; processes go on. Idempotent. Nothing can be offered afterwards. */
  close(): Promise<void>;
}

export interface OfferOptions {
  /** Milliseconds until the ticket is void. Default: the service's, a minute. */
  readonly lifetime?: number | undefined;
  /** `unix`: a socket that only this user can connect to; `loopback`: TCP on 127.0.0.1. Default: the service's. */
  readonly over?: 'unix' | 'loopback' | undefined;
}

export interface StreamTicket {
  /** `ws://127.0.0.1:PORT/exec/TOKEN`, or `ws+unix:SOCKET:/exec/TOKEN`. It is a secret: whoever has it has the streams. */
  readonly url: string;
  /** Path of the socket, for clients that want it apart from the URL. Undefined for TCP. */
  readonly socketPath: string | undefined;
  /** ISO 8601. */
  readonly expiresAt: string;
}

/** One process's streams, before anybody is connected. */
export interface OfferedSession {
  /** Becomes the first part of the URL's path. */
  readonly kind: 'exec' | 'attach';
  /** With a terminal there is no stderr. */
  readonly terminal: boolean;
  /** Which streams the client may use. */
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  /** Starts the process or connects to it. Called at most once. What it throws is told to the client. */
  open(client: StreamClient): Promise<OpenedSession>;
}

export interface StreamClient extends AttachClient {
  /** Undefined when the session has no stdin to offer. Its end is a half-close. */
  readonly stdin: AsyncIterable<Uint8Array> | undefined;
  /** Aborted when the client is gone. */
  readonly signal: AbortSignal;
}

export interface OpenedSession {
  /** Resolves when all output was delivered, with the process's exit code if the session has one to tell. Rejects when it broke. */
  readonly done: Promise<number | undefined>;
  resize(size: TerminalSize): Promise<void>;
}
