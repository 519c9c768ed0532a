import { chmodSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { randomBytes, UnavailableError } from '@tspod/core';

/** `sun_path` without its final zero. */
const longestSocketPath = 107;

/** A server that takes connections, and how clients name it. */
export interface Listener {
  readonly server: Server;
  readonly socketPath: string | undefined;
  /** What `Host` may say; undefined where it does not matter. */
  readonly hosts: readonly string[] | undefined;
  urlOf(path: string): string;
}

/** @throws {UnavailableError} `cannot-listen` */
export async function listenOnSocket(directory: string): Promise<Listener> {
  const socketPath = join(directory, `${process.pid}-${randomBytes(4).toString('hex')}`);
  if (Buffer.byteLength(socketPath) > longestSocketPath) throw cannotListen(socketPath, new Error('the path is too long'));
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  chmodSync(directory, 0o700);
  removeStale(directory);
  const server = createServer();
  await listening(server, () => server.listen(socketPath), socketPath);
  return { server, socketPath, hosts: undefined, urlOf: (path) => `ws+unix:${socketPath}:${path}` };
}

/** @throws {UnavailableError} `cannot-listen` */
export async function listenOnLoopback(): Promise<Listener> {
  const server = createServer();
  await listening(server, () => server.listen(0, '127.0.0.1'), '127.0.0.1');
  const { port } = server.address() as AddressInfo;
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`];
  return { server, socketPath: undefined, hosts, urlOf: (path) => `ws://127.0.0.1:${port}${path}` };
}

function listening(server: Server, listen: () => void, place: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => reject(cannotListen(place, cause)));
    server.once('listening', resolve);
    listen();
  });
}

/** Sockets of processes that were killed. */
function removeStale(directory: string): void {
  for (const name of readdirSync(directory)) {
    const pid = Number(name.split('-')[0]);
    if (Number.isInteger(pid) && !isAlive(pid)) rmSync(join(directory, name), { force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

function cannotListen(place: string, cause: Error): UnavailableError {
  return new UnavailableError(`can't listen on ${place}: ${cause.message}`, {
    code: 'cannot-listen',
    hint: 'choose a shorter run root, or ask for a URL over loopback',
    cause,
  });
}
