import { type AttachClient, type AttachConnection, type MonitorPaths, NotFoundError } from '@tspod/core';
import { connectSeqpacket, hasCode } from '@tspod/linux';
import { conmonFiles } from './conmon-files.ts';

/** Value of a packet's first byte. */
const stderrMark = 3;

/** @throws {NotFoundError} `not-attachable` when there is no conmon to attach to. */
export async function attach(paths: MonitorPaths, client: AttachClient): Promise<AttachConnection> {
  const path = conmonFiles(paths).attach;
  const connection = await connectSeqpacket(path).catch((error: unknown) => {
    throw hasCode(error, 'ENOENT', 'ECONNREFUSED') ? notAttachable(paths, error) : error;
  });
  connection.onPacket((packet) => client.onOutput(packet[0] === stderrMark ? 'stderr' : 'stdout', packet.subarray(1)));
  const close = () => connection.close();
  return {
    write: (chunk) => connection.send(chunk),
    closeStdin: () => connection.shutdownWrite(),
    ended: connection.ended.then(close, close), // broken only by a client that threw, which knows it
    close,
  };
}

export function notAttachable({ id, sessionId }: MonitorPaths, cause?: unknown): NotFoundError {
  const what = sessionId === undefined ? `container ${id}` : `exec session ${sessionId}`;
  return new NotFoundError(`${what} has no monitor to attach to`, { code: 'not-attachable', cause });
}
