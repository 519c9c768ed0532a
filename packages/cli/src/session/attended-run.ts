import { type Container, cannotInvoke, isAlive, unlessGone } from '@tspod/core';
import type { Output } from '../output.ts';
import { ExitError, messageOf } from '../reporter.ts';
import { ClientSession, isOver, type SessionSettings } from './client-session.ts';
import type { SignalTrap } from './signals.ts';

export interface AttendedRun {
  readonly session: SessionSettings;
  readonly trap: SignalTrap;
  /** Forward signals to the process. */
  readonly sigProxy: boolean;
  /** Remove the container when its process has ended, also when our output breaks. */
  readonly autoRemove: boolean;
  /** Called when it has been started. */
  readonly onStarted?: (() => void) | undefined;
  /** Called when it is removed. */
  readonly onRemoved?: (() => void) | undefined;
  /** Descriptors of ours for the process. */
  readonly inheritedFds?: readonly number[] | undefined;
  readonly output: Output;
}

type Following = Pick<AttendedRun, 'session' | 'trap' | 'sigProxy' | 'output'>;

/**
 * Starts the container, gives it our streams and answers its exit code; 0 when the user detached. What is left to do after the end
 * is done: the process is attended.
 */
export async function runAttended(container: Container, run: AttendedRun): Promise<number> {
  const { trap, autoRemove, inheritedFds } = run;
  // with this driver the process has our streams as they are, and there is nothing to attach to
  await using session = container.logDriver === 'passthrough' ? undefined : new ClientSession(run.session);
  if (session !== undefined) await prepareTerminal(container, session, inheritedFds);
  const handle = await container.start({ attach: session?.attach, attended: true, inheritedFds });
  if (trap.interrupted !== undefined) {
    await giveUp(container, autoRemove);
    if (autoRemove) run.onRemoved?.();
    return trap.interrupted;
  }
  run.onStarted?.();
  await using _forwarding = proxySignals(container, run);
  try {
    if (handle !== undefined && (await session?.follow(handle)) === 'detached') return 0;
  } catch (error) {
    if (autoRemove) {
      await unlessGone(container.remove({ force: true }));
      run.onRemoved?.();
    }
    throw new ExitError(cannotInvoke, brokenStream(container, error));
  }
  const exitCode = await container.wait();
  await unlessGone(autoRemove ? container.remove() : container.cleanup({ onlyEnded: true }));
  if (autoRemove) run.onRemoved?.();
  return exitCode & 0xff;
}

/** Follows a container that somebody else started or starts, and answers its exit code; 0 when the user detached. */
export async function runAlongside(container: Container, run: Following): Promise<number> {
  await using session = new ClientSession(run.session);
  const handle = await container.attach(session.attach);
  if (session.terminal !== undefined) {
    await handle.resize(session.terminal.size);
    await session.terminal.engage();
  }
  await using _forwarding = proxySignals(container, run);
  try {
    if ((await session.follow(handle)) === 'detached') return 0;
  } catch (error) {
    throw new ExitError(cannotInvoke, brokenStream(container, error));
  }
  return (await container.wait()) & 0xff;
}

/** The process must find its terminal in the right size, so it is told between init and start. */
async function prepareTerminal(
  container: Container,
  { terminal }: ClientSession,
  inheritedFds: AttendedRun['inheritedFds'],
): Promise<void> {
  if (terminal === undefined) return;
  if (!isAlive(await container.state())) await container.init({ inheritedFds });
  await container.resize(terminal.size);
  await terminal.engage();
}

/** A container that was started after the user had already said to stop. */
export async function giveUp(container: Container, autoRemove: boolean): Promise<void> {
  await unlessGone(autoRemove ? container.remove({ force: true, timeout: 0 }) : container.stop({ timeout: 0 }));
}

/** Forwards signals until it is disposed of, which waits for those that are under way: each holds the container's lock for a moment. */
function proxySignals(container: Container, { sigProxy, trap, output }: Following): AsyncDisposable {
  const underWay = new Set<Promise<void>>();
  if (!sigProxy) trap.release();
  else
    trap.forwardTo((signal) => {
      const sending = forward(container, signal, output).finally(() => underWay.delete(sending));
      underWay.add(sending);
    });
  return {
    async [Symbol.asyncDispose]() {
      trap[Symbol.dispose]();
      await Promise.all(underWay);
    },
  };
}

async function forward(container: Container, signal: NodeJS.Signals, output: Output): Promise<void> {
  try {
    await container.kill(signal);
  } catch (error) {
    if (!isOver(error)) output.warning(`forwarding ${signal} to container ${container.id}: ${messageOf(error)}`);
  }
}

function brokenStream({ id }: Container, error: unknown): Error {
  const { code, syscall } = error as NodeJS.ErrnoException;
  const what = code === 'EPIPE' && syscall === 'write' ? 'write /dev/stdout: broken pipe' : messageOf(error);
  return new Error(`attaching to container ${id}: ${what}`, { cause: error });
}
