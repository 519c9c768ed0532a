import {
  type AttachConnection,
  type MonitorExecRequest,
  type MonitoredExec,
  type MonitoredExit,
  type MonitorPaths,
  NotFoundError,
  RuntimeFailedError,
} from '@tspod/core';
import { attach } from './attach.ts';
import { execArguments } from './conmon-arguments.ts';
import { type ConmonProcess, startConmon } from './conmon-process.ts';
import type { ConmonProgram } from './conmon-program.ts';
import { readExitStatus, waitExitStatus } from './exit-status.ts';
import type { MessageReader } from './message-reader.ts';
import { readMonitorPid } from './monitor-process.ts';
import { sendSize } from './terminal-size.ts';

/** Has conmon run the runtime's exec, with the client connected before the process starts. */
export async function execSession(program: ConmonProgram, request: MonitorExecRequest): Promise<MonitoredExec> {
  const conmon = await startConmon({
    path: program.path,
    arguments: execArguments(request, program.logLevel),
    request,
    verb: 'exec',
    passesStreams: false,
  });
  conmon.proceed();
  const ready = await conmon.attachReady?.next();
  if (ready === undefined) throw await conmon.failure(await conmon.sync.next());

  const connection = await prepare(conmon, request);
  conmon.proceed();
  const answer = await conmon.sync.next();
  await conmon.forked();
  const monitorPid = readMonitorPid(request.paths);
  if (answer === undefined || answer.data <= 0 || monitorPid === undefined) {
    connection?.close();
    throw await conmon.failure(answer);
  }
  conmon.release();
  sendFirstSize(request);
  const exit = exitOf(conmon.sync, request.paths);
  exit.catch(() => undefined); // who does not look at it need not handle it
  return { pid: answer.data, monitorPid, connection: keepAliveWith(connection, conmon.sync), exit };
}

/** What has to be done while the process does not run yet. conmon would go on without us, so a failure ends it. */
async function prepare(
  conmon: ConmonProcess,
  { paths, attach: client }: MonitorExecRequest,
): Promise<AttachConnection | undefined> {
  try {
    return client && (await attach(paths, client));
  } catch (error) {
    await conmon.forked();
    const monitorPid = readMonitorPid(paths);
    if (monitorPid !== undefined) process.kill(monitorPid, 'SIGKILL');
    conmon.end();
    throw error;
  }
}

/** Before the process runs there is no terminal to set; until now it had the size of the process document. */
function sendFirstSize({ paths, terminal, size }: MonitorExecRequest): void {
  if (!terminal || size === undefined) return;
  try {
    sendSize(paths, size);
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error; // otherwise it has ended already
  }
}

/** A session that nobody is attached to (any more) does not keep this process alive. */
function keepAliveWith(connection: AttachConnection | undefined, sync: MessageReader): AttachConnection | undefined {
  if (connection === undefined) {
    sync.unref();
    return undefined;
  }
  let hasEnded = false;
  connection.ended.then(() => {
    hasEnded = true;
  });
  return {
    ...connection,
    close() {
      if (!hasEnded) sync.unref();
      connection.close();
    },
  };
}

async function exitOf(sync: MessageReader, paths: MonitorPaths): Promise<MonitoredExit> {
  const last = await sync.next();
  sync.close();
  const written = last === undefined ? await waitExitStatus(paths, undefined) : readExitStatus(paths);
  if (last !== undefined) {
    return {
      exitCode: last.data,
      finishedAt: written?.finishedAt ?? new Date().toISOString(),
      oomKilled: written?.oomKilled ?? false,
    };
  }
  if (written !== undefined) return written;
  throw new RuntimeFailedError(`the monitor of exec session ${paths.sessionId} ended without an exit status`, {
    code: 'exit-status-lost',
    argv: [],
  });
}
