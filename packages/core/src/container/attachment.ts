import type { AttachClient, AttachConnection, MonitorPaths } from '../contracts/container-monitor.ts';
import { createDetachKeysMatcher } from '../detach-keys.ts';
import type { RuntimeParts } from '../runtime/parts.ts';
import { BoundedOutput } from './bounded-output.ts';
import type { AttachHandle, AttachOptions, AttachOutcome } from './io.ts';

/**
 * One caller's side of an attachment: gives output to the caller, and the caller's bytes to the process until the stdin ends, the
 * detach keys come, or the streams end.
 */
export class Attachment {
  readonly client: AttachClient;
  readonly #options: AttachOptions;
  readonly #detachKeys: string;
  readonly #buffer: BoundedOutput | undefined;
  readonly #left = Promise.withResolvers<'detached'>();
  #connection: AttachConnection | undefined;
  #failed = false;
  #failure: unknown;

  constructor(options: AttachOptions, defaultDetachKeys: string) {
    this.#options = options;
    this.#detachKeys = options.detachKeys ?? defaultDetachKeys;
    this.#buffer = options.bufferLimit === undefined ? undefined : new BoundedOutput(options.onOutput, options.bufferLimit);
    this.client = { onOutput: (stream, chunk) => this.#deliver(stream, chunk) };
  }

  /** Drives the connection to its end. `resize` is the monitor's. */
  drive(connection: AttachConnection, resize: AttachHandle['resize']): AttachHandle {
    this.#connection = connection;
    if (this.#failed) connection.close();
    const done = this.#run(connection);
    done.catch(() => undefined); // a caller that never looks at `done` is no unhandled rejection
    const detach = async () => {
      this.#buffer?.drop();
      this.#left.resolve('detached');
      await done.catch(() => undefined); // whoever looks at `done` is told
    };
    return { done, resize, detach, [Symbol.asyncDispose]: detach };
  }

  /** Resolves when the streams are over and the caller has everything. */
  async #ended(connection: AttachConnection): Promise<'ended'> {
    await connection.ended;
    await this.#buffer?.drained();
    return 'ended';
  }

  async #run(connection: AttachConnection): Promise<AttachOutcome> {
    const { stdin, signal } = this.#options;
    const onAbort = () => this.#fail(signal?.reason);
    if (signal?.aborted) onAbort();
    signal?.addEventListener('abort', onAbort, { once: true });
    const input = stdin?.[Symbol.asyncIterator]();
    try {
      const detached = input === undefined ? undefined : this.#pump(connection, input);
      const outcome = await Promise.race([
        this.#ended(connection),
        this.#left.promise,
        ...(detached === undefined
          ? []
          : [detached.then((isDetached) => (isDetached ? ('detached' as const) : this.#ended(connection)))]),
      ]);
      if (outcome === 'detached') connection.close();
      if (this.#failed) throw this.#failure;
      return outcome;
    } finally {
      signal?.removeEventListener('abort', onAbort);
      connection.close();
      input?.return?.()?.catch(() => undefined); // the streams are over: what the source says to that has no reader
    }
  }

  /** Answers whether the caller detached. */
  async #pump(connection: AttachConnection, input: AsyncIterator<Uint8Array>): Promise<boolean> {
    const matcher = createDetachKeysMatcher(this.#detachKeys);
    try {
      for (let next = await input.next(); !next.done; next = await input.next()) {
        const { pass, detached } = matcher.push(next.value);
        if (pass.length > 0) await connection.write(pass);
        if (detached) return true;
      }
      const rest = matcher.flush();
      if (rest.length > 0) await connection.write(rest);
      await connection.closeStdin();
    } catch (error) {
      if (!isGone(error)) this.#fail(error);
    }
    return false;
  }

  #deliver(stream: 'stdout' | 'stderr', chunk: Uint8Array): undefined | Promise<void> {
    if (this.#failed) return undefined;
    try {
      if (this.#buffer === undefined) return this.#options.onOutput(stream, chunk)?.catch((error: unknown) => this.#fail(error));
      this.#buffer.push(stream, chunk, (error) => this.#fail(error));
      return undefined;
    } catch (error) {
      this.#fail(error);
      return undefined;
    }
  }

  #fail(error: unknown): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#failure = error;
    this.#buffer?.drop();
    this.#connection?.close();
  }
}

/** Attaches to a container or exec session that the monitor already has. */
export async function attachTo(parts: RuntimeParts, paths: MonitorPaths, options: AttachOptions): Promise<AttachHandle> {
  const attachment = new Attachment(options, parts.defaults.detachKeys);
  const connection = await parts.monitor.attach(paths, attachment.client);
  return attachment.drive(connection, (size) => parts.monitor.resize(paths, size));
}

/** The process stopped reading, or the connection was closed before it did; its output and exit still come. */
function isGone(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  return code === 'ECANCELED' || code === 'EPIPE' || code === 'ECONNRESET' || code === 'ENOTCONN' || code === 'EBADF';
}
