import type { AttachClient, TerminalSize } from '../contracts/container-monitor.ts';

/** The process's streams, as a caller of `attach`, `start({ attach })` or `exec` handles them. */
export interface AttachOptions {
  /** Gets every byte of output. See `AttachClient` for what happens when it is slow. */
  readonly onOutput: AttachClient['onOutput'];
  /**
   * Bytes of output that are kept while a promise of `onOutput` is pending. When there are more, the attachment ends with
   * `client-too-slow`, and neither the process nor its other clients notice. Default: 8 MiB for `attach`; for `start` and `exec` none
   * are kept, and the process waits for its client instead, so that nothing is lost.
   */
  readonly bufferLimit?: number | undefined;
  /** Bytes for the process's stdin; its end half-closes. Without it the process's stdin is left alone. */
  readonly stdin?: AsyncIterable<Uint8Array> | undefined;
  /** Keys in `stdin` that end the attachment and leave the process running, as in `ctrl-p,ctrl-q`. Default: the configuration's; empty: none. */
  readonly detachKeys?: string | undefined;
  /** Ends the attachment (not the process). */
  readonly signal?: AbortSignal | undefined;
}

/** How an attachment ended. */
export type AttachOutcome = 'ended' | 'detached';

/** Disposing of it detaches. */
export interface AttachHandle extends AsyncDisposable {
  /** Resolves when the streams have ended or the caller detached. Rejects when `stdin` or `onOutput` threw, or `signal` aborted. */
  readonly done: Promise<AttachOutcome>;
  /** Tells the terminal's new size. */
  resize(size: TerminalSize): Promise<void>;
  /** Ends the attachment as detach keys do, and waits for its end; the process and its other clients go on. Idempotent. */
  detach(): Promise<void>;
}

export interface ExecOptions {
  readonly command: readonly string[];
  readonly environment?: Readonly<Record<string, string>> | undefined;
  readonly user?: string | undefined;
  readonly workingDirectory?: string | undefined;
  readonly terminal?: boolean | undefined;
  readonly stdin?: boolean | undefined;
  readonly privileged?: boolean | undefined;
  /** Descriptors of this process that the new one gets, as 3 and up in this order. */
  readonly inheritedFds?: readonly number[] | undefined;
  /** Present: attached before the process starts. Absent: detached; the session outlives this process. */
  readonly attach?: AttachOptions | undefined;
  /** Size of the terminal at the start. */
  readonly size?: TerminalSize | undefined;
}
