import type { TerminalSize } from '../contracts/container-monitor.ts';
import type { ExecSession } from '../contracts/state-store.ts';
import { InvalidStateError, NotFoundError } from '../errors.ts';
import type { RuntimeParts } from '../runtime/parts.ts';
import { parseSignal } from '../signals.ts';
import { attachTo } from './attachment.ts';
import { withLocked } from './guard.ts';
import { type ExecSessionInspect, inspectSession } from './inspect-session.ts';
import type { AttachHandle, AttachOptions } from './io.ts';
import { noSuchContainer } from './no-such-container.ts';
import { sessionPathsOf } from './paths.ts';
import type { Exit } from './state.ts';
import { forgetSession } from './verbs/exec.ts';
import type { StopOptions } from './verbs/stop.ts';

const sigterm = 15;
const sigkill = 9;

export interface SessionWaitOptions {
  readonly signal?: AbortSignal | undefined;
  /** Also kill the process when the signal aborts the wait. Default: it goes on. */
  readonly killOnAbort?: boolean | undefined;
}

/**
 * A handle on one exec session: a further process in a running container. It holds no state of its own, and works from any process.
 *
 * A session that somebody is attached to until its end is forgotten with it; any other stays, with its exit code, until it is removed
 * or the container's run ends.
 */
export class ContainerExecSession {
  readonly #parts: RuntimeParts;
  readonly id: string;
  readonly containerId: string;

  constructor(parts: RuntimeParts, { id, containerId }: Pick<ExecSession, 'id' | 'containerId'>) {
    this.#parts = parts;
    this.id = id;
    this.containerId = containerId;
  }

  /** podman's document of an exec session. @throws {NotFoundError} `no-such-exec-session` */
  async inspect(): Promise<ExecSessionInspect> {
    return inspectSession(await this.#refreshed());
  }

  /** How it ended; undefined while it runs. */
  async exit(): Promise<Exit | undefined> {
    return (await this.#refreshed()).exit;
  }

  /**
   * Waits for its end and answers the exit code; -1 when its monitor was killed and nobody knows.
   * @throws {NotFoundError} `no-such-exec-session` when it is not there, or was forgotten meanwhile.
   * @throws the signal's reason when aborted.
   */
  async wait({ signal, killOnAbort = false }: SessionWaitOptions = {}): Promise<number> {
    try {
      signal?.throwIfAborted();
      const session = await this.#refreshed();
      if (session.exit !== undefined) return session.exit.exitCode;
      const exit = await this.#parts.monitor.waitExit(sessionPathsOf(session), { signal });
      // its monitor may have been killed, and the process goes on
      if (exit === undefined && session.process !== undefined) await this.#parts.host.waitGone(session.process, { signal });
      return exit?.exitCode ?? (await this.#refreshed()).exit?.exitCode ?? -1;
    } catch (failure) {
      if (killOnAbort && signal?.aborted) await this.kill(sigkill);
      throw failure;
    }
  }

  /** Connects to its streams. Output from now on; several may be attached at once. @throws {InvalidStateError} when it has ended. */
  async attach(options: AttachOptions): Promise<AttachHandle> {
    const session = await this.#running('attach to');
    return attachTo(this.#parts, sessionPathsOf(session), { bufferLimit: defaultBufferLimit, ...options });
  }

  /** Tells its terminal the new size. */
  async resize(size: TerminalSize): Promise<void> {
    const session = await this.#running('resize');
    await this.#parts.monitor.resize(sessionPathsOf(session), size);
  }

  /** Sends a signal to its process; nothing happens when that has ended. @throws {InvalidArgumentError} `invalid-signal` */
  async kill(signal: string | number = sigkill): Promise<void> {
    const number = parseSignal(signal);
    const { process, exit } = await this.#refreshed();
    if (exit === undefined && process !== undefined) this.#parts.host.signal(process, number);
  }

  /** SIGKILL for its process and all that descend from it. */
  async killTree(): Promise<void> {
    const { process, exit } = await this.#refreshed();
    if (exit === undefined && process !== undefined) this.#parts.host.killTree(process);
  }

  /** SIGTERM, patience (seconds, default 10), SIGKILL. Resolves when the process is gone. @throws the signal's reason when aborted: what was sent is sent. */
  async stop({ timeout = 10, signal }: Pick<StopOptions, 'timeout' | 'signal'> = {}): Promise<void> {
    signal?.throwIfAborted();
    const { process, exit } = await this.#refreshed();
    if (exit !== undefined || process === undefined) return;
    const { host } = this.#parts;
    if (timeout > 0 && host.signal(process, sigterm)) {
      const patience = AbortSignal.timeout(timeout * 1000);
      try {
        await host.waitGone(process, { signal: signal === undefined ? patience : AbortSignal.any([patience, signal]) });
        return;
      } catch (error) {
        if (error !== patience.reason) throw error;
      }
    }
    if (host.signal(process, sigkill)) await host.waitGone(process, { signal });
  }

  /**
   * Forgets it, and its exit code with it.
   * @throws {InvalidStateError} `exec-session-running` when it runs and `force` is not given; with it, it is stopped.
   */
  async remove({
    force = false,
    timeout,
  }: {
    readonly force?: boolean;
    readonly timeout?: number | undefined;
  } = {}): Promise<void> {
    if ((await this.#refreshed()).exit === undefined) {
      if (!force) throw improper(this.id, 'remove', 'running', ['stopped']);
      await this.stop({ timeout });
      await this.wait();
    }
    await withLocked(this.#parts, this.containerId, async () => {
      const session = await this.#parts.state.execSession(this.id);
      if (session !== undefined) await forgetSession(this.#parts, session);
    });
  }

  async #running(verb: string): Promise<ExecSession> {
    const session = await this.#refreshed();
    if (session.exit !== undefined) throw improper(this.id, verb, 'stopped', ['running']);
    return session;
  }

  async #refreshed(): Promise<ExecSession> {
    const session = await this.#parts.state.execSession(this.id);
    if (session === undefined) throw noSuchSession(this.id);
    return refreshSession(this.#parts, session);
  }
}

/** Bytes that wait for one of several clients. */
export const defaultBufferLimit = 8 * 1024 * 1024;

/** The session as the machine shows it now. Answers the same object when the stored one still holds; changes nothing. */
async function refreshSession(parts: RuntimeParts, session: ExecSession): Promise<ExecSession> {
  if (session.exit !== undefined || session.process === undefined) return session;
  const isRunning = parts.host.isRunning(session.process); // asked before the look: the process ends first
  const written = await parts.monitor.exitStatus(sessionPathsOf(session));
  if (written !== undefined) return { ...session, exit: written };
  const isWatched = session.monitor !== undefined && parts.host.isRunning(session.monitor);
  if (isRunning || isWatched) return session;
  return { ...session, exit: { exitCode: -1, finishedAt: new Date().toISOString(), oomKilled: false } };
}

/** Every session of a container that is still known, in the order of their beginning. */
export async function sessionsOf(parts: RuntimeParts, containerId: string): Promise<ContainerExecSession[]> {
  if ((await parts.state.container(containerId)) === undefined) throw noSuchContainer(containerId);
  return (await parts.state.execSessions(containerId)).map((session) => new ContainerExecSession(parts, session));
}

/** @throws {NotFoundError} `no-such-exec-session` */
export async function findSession(parts: RuntimeParts, id: string, containerId?: string): Promise<ContainerExecSession> {
  const session = await parts.state.execSession(id);
  if (session === undefined || (containerId !== undefined && session.containerId !== containerId)) throw noSuchSession(id);
  return new ContainerExecSession(parts, session);
}

function noSuchSession(id: string): NotFoundError {
  return new NotFoundError(`no such exec session: ${id}`, { code: 'no-such-exec-session' });
}

function improper(id: string, verb: string, actual: string, allowed: readonly string[]): InvalidStateError {
  return new InvalidStateError(`cannot ${verb} exec session ${id}, which is ${actual}: exec session state improper`, {
    code: actual === 'running' ? 'exec-session-running' : 'exec-session-ended',
    actual,
    allowed,
  });
}
