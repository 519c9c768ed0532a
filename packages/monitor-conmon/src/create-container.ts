import { mkdirSync } from 'node:fs';
import type { MonitorCreateRequest, MonitoredProcess } from '@tspod/core';
import { createArguments } from './conmon-arguments.ts';
import { conmonFiles } from './conmon-files.ts';
import { startConmon } from './conmon-process.ts';
import type { ConmonProgram } from './conmon-program.ts';
import { keepLogs, keepsLogs } from './log-keeper.ts';
import { readMonitorPid } from './monitor-process.ts';

/** Has conmon run the runtime's create. */
export async function createContainer(program: ConmonProgram, request: MonitorCreateRequest): Promise<MonitoredProcess> {
  mkdirSync(conmonFiles(request.paths).persist, { recursive: true, mode: 0o700 });
  const { log } = request;
  const isKept = log.driver === 'k8s-file' && log.sizeMax !== undefined && log.kept !== undefined;
  const itself = isKept && (await keepsLogs(program.path));
  const conmon = await startConmon({
    path: program.path,
    arguments: createArguments(request, program.logLevel, { keepsLogs: itself }),
    request,
    verb: 'create',
    passesStreams: request.log.driver === 'passthrough',
  });
  conmon.proceed();
  const answer = await conmon.sync.next();
  await conmon.forked(); // on a busy machine the container can be there first
  const monitorPid = readMonitorPid(request.paths);
  if (answer === undefined || answer.data <= 0 || monitorPid === undefined) throw await conmon.failure(answer);
  if (isKept && !itself) await keepLogs(request.paths, log, monitorPid);
  conmon.end();
  return { pid: answer.data, monitorPid };
}
