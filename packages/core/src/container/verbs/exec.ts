import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkOptionTypes } from '../../argument-types.ts';
import type { MonitoredExec } from '../../contracts/container-monitor.ts';
import type { Lock } from '../../contracts/locker.ts';
import type { ExecSession } from '../../contracts/state-store.ts';
import { InvalidArgumentError, InvalidStateError } from '../../errors.ts';
import { generateId } from '../../id.ts';
import { KeepAlive } from '../../keep-alive.ts';
import { recordContainerEvent } from '../../runtime/events.ts';
import type { RuntimeParts } from '../../runtime/parts.ts';
import { hasSecretVariables } from '../../secrets/describe.ts';
import { execProcess } from '../../spec/exec-process.ts';
import { serialiseSpec } from '../../spec/serialise.ts';
import { Attachment } from '../attachment.ts';
import { attend, attendanceLock, dropAttendance } from '../attendance.ts';
import { runtimeOf } from '../backends.ts';
import { type LockedContainer, withLocked } from '../guard.ts';
import type { AttachHandle, ExecOptions } from '../io.ts';
import { writeMarker } from '../marker.ts';
import { placeMonitor } from '../monitor-cgroup.ts';
import { cleanupMarker, sessionDirectory, sessionPaths } from '../paths.ts';
import { explained } from '../run-on-runtime.ts';
import { resolveUserIn } from '../running-spec.ts';
import { undo } from './init.ts';

/** Disposing of it detaches, if there is an attachment; the process goes on. */
export interface ExecHandle extends AsyncDisposable {
  /** 64 lower-case hexadecimal digits. */
  readonly id: string;
  /** Only with `attach`. */
  readonly attachment: AttachHandle | undefined;
  /** The process's exit code. Who asks for it keeps this program alive until it is there or the runtime is shut down. */
  readonly exit: Promise<number>;
}

interface Telling {
  /** Whether the beginning and the end of the session are events. */
  readonly tellEvents: boolean;
}

/**
 * Runs one more process in a running container.
 *
 * @throws {InvalidStateError} unless running; {InvalidArgumentError} `no-command`, `unknown-user`; {RuntimeFailedError} when the
 * runtime could not start the process.
 */
export async function exec(
  parts: RuntimeParts,
  containerId: string,
  options: ExecOptions,
  telling: Telling = { tellEvents: true },
): Promise<ExecHandle> {
  checkOptionTypes('exec', options, {
    command: 'an array of strings',
    environment: 'an object of strings',
    user: 'a string',
    workingDirectory: 'a string',
    terminal: 'a boolean',
    stdin: 'a boolean',
    privileged: 'a boolean',
    inheritedFds: 'an array',
    attach: 'an object',
    size: 'an object',
  });
  if (options.command.length === 0) {
    throw new InvalidArgumentError('must provide a non-empty command to start an exec session', { code: 'no-command' });
  }
  const id = generateId();
  const attended = options.attach === undefined ? undefined : await parts.locker.acquire(attendanceLock(id), { transient: true });
  const attachment = options.attach && new Attachment(options.attach, parts.defaults.detachKeys);
  try {
    return await withLocked(parts, containerId, async (container) => {
      const begun = await begin(container, id, options, attachment);
      if (telling.tellEvents) await recordContainerEvent(parts, container.config, 'exec');
      return handle(container, begun, attachment, { attended, ...telling });
    });
  } catch (failure) {
    await attended?.release({ forget: true });
    throw failure;
  }
}

interface Begun {
  readonly session: ExecSession;
  readonly run: MonitoredExec;
}

async function begin(
  container: LockedContainer,
  id: string,
  options: ExecOptions,
  attachment: Attachment | undefined,
): Promise<Begun> {
  const { parts, config, live, state } = container;
  if (state.status !== 'running') {
    throw new InvalidStateError('can only create exec sessions on running containers: container state improper', {
      code: 'container-state-improper',
      actual: state.status,
      allowed: ['running'],
    });
  }
  parts.host.expectCgroupMoves();
  const directory = sessionDirectory(live.runDir, id);
  const paths = sessionPaths(config, live.runDir, id);
  const session: ExecSession = {
    id,
    containerId: config.id,
    command: options.command,
    terminal: options.terminal ?? false,
    stdin: options.stdin ?? false,
    directory,
    user: options.user,
    privileged: options.privileged,
    detachKeys: options.attach?.detachKeys,
  };
  const user = await resolveUserIn(parts, live.mountPoint ?? '/', options.user ?? config.user, config.groups);
  const facts = await parts.host.facts();
  const secrets = hasSecretVariables(config) ? (await import('../../secrets/running.ts')).variablesOfRun(config) : {};
  const process = execProcess(config.spec, {
    ...options,
    environment: { ...secrets, ...options.environment },
    user,
    hostname: config.hostname,
    capAdd: config.capAdd,
    boundingCapabilities: facts.boundingCapabilities,
    limits: parts.host.limits(),
  });

  mkdirSync(paths.exitDir, { recursive: true, mode: 0o700 });
  try {
    const processPath = join(directory, 'process.json');
    writeFileSync(processPath, serialiseSpec(process), { mode: 0o600 });
    await parts.state.saveExecSession(session);
    writeMarker(directory);
    const run = await parts.monitor.exec({
      paths,
      name: config.name,
      runtime: runtimeOf(parts, config).commandLine({ logPath: join(directory, 'oci-log') }),
      terminal: session.terminal,
      stdin: session.stdin,
      processPath,
      exitCommand: parts.exitCommand({
        containerId: config.id,
        sessionId: id,
        marker: cleanupMarker(directory),
        attendedLock: parts.locker.pathOf(attendanceLock(id)),
      }),
      systemdCgroup: parts.defaults.cgroupManager === 'systemd',
      environment: parts.helperEnvironment,
      inheritedFds: options.inheritedFds,
      attach: attachment?.client,
      size: options.size,
    });
    await parts.state.saveExecSession({
      ...session,
      process: parts.host.processIdentity(run.pid),
      monitor: parts.host.processIdentity(run.monitorPid),
    });
    return { session, run };
  } catch (failure) {
    return undo(() => forgetSession(parts, session), await explained(container, failure));
  }
}

function handle(
  container: LockedContainer,
  { session, run }: Begun,
  attachment: Attachment | undefined,
  { attended, tellEvents }: { readonly attended: Lock | undefined } & Telling,
): ExecHandle {
  const { parts, config, live } = container;
  const paths = sessionPaths(config, live.runDir, session.id);
  const driven = run.connection && attachment?.drive(run.connection, (size) => parts.monitor.resize(paths, size));
  const placed = placeMonitor(parts, config, run.monitorPid, session.id);
  const progress: Progress = { clientHasLeft: false, isEnding: false, isGivenUp: false };
  const leave = () => {
    progress.clientHasLeft = true;
  };
  driven?.done.then((outcome) => (outcome === 'detached' ? leave() : undefined), leave);
  const exit = finish(container, session, run, { attended, tellEvents, placed, progress });
  const keepAlive = new KeepAlive();
  const forget = attend(parts, async () => {
    keepAlive.end();
    if (attended === undefined) return;
    if (progress.isEnding) return Promise.allSettled([exit]);
    progress.isGivenUp = true;
    await attended.release({ forget: true });
  });
  const isOver = () => {
    keepAlive.end();
    forget();
  };
  exit.then(isOver, isOver); // and a caller that never looks at `exit` is no unhandled rejection
  return {
    id: session.id,
    attachment: driven,
    get exit() {
      keepAlive.hold();
      return exit;
    },
    [Symbol.asyncDispose]: async () => driven?.detach(),
  };
}

interface Progress {
  /** Before the process ended. */
  clientHasLeft: boolean;
  /** The process has ended, and its session is being finished. */
  isEnding: boolean;
  /** This process does not finish the session any more. */
  isGivenUp: boolean;
}

interface Attending extends Telling {
  readonly attended: Lock | undefined;
  readonly placed: Promise<void>;
  readonly progress: Progress;
}

async function finish(
  { parts, config }: LockedContainer,
  session: ExecSession,
  run: MonitoredExec,
  { attended, tellEvents, placed, progress }: Attending,
): Promise<number> {
  try {
    await placed;
    const { exitCode } = await run.exit;
    if (progress.isGivenUp) return exitCode;
    progress.isEnding = true;
    if (progress.clientHasLeft) {
      await finishSession(parts, config.id, session.id);
    } else if (attended !== undefined) {
      await forgetSession(parts, session);
      if (tellEvents) await recordContainerEvent(parts, config, 'exec_died', { exitCode });
    }
    return exitCode;
  } finally {
    await attended?.release({ forget: true });
  }
}

/**
 * What the exit command does for a session that nobody attended: writes down its exit code, which stays until the container's
 * run ends. Idempotent.
 */
export async function finishSession(parts: RuntimeParts, containerId: string, sessionId: string): Promise<void> {
  await withLocked(parts, containerId, async ({ config, live }) => {
    const session = await parts.state.execSession(sessionId);
    if (session === undefined || session.exit !== undefined) return;
    const exit = await parts.monitor.exitStatus(sessionPaths(config, live.runDir, sessionId));
    if (exit === undefined) await forgetSession(parts, session);
    else {
      await parts.state.saveExecSession({ ...session, exit });
      rmSync(session.directory, { recursive: true, force: true });
      await dropAttendance(parts, sessionId);
      await recordContainerEvent(parts, config, 'exec_died', { exitCode: exit.exitCode });
    }
  });
}

/** Forgets a session that has ended or never began. */
export async function forgetSession(parts: RuntimeParts, session: ExecSession): Promise<void> {
  await parts.state.removeExecSession(session.id);
  rmSync(session.directory, { recursive: true, force: true });
}
