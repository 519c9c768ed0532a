import type { ChildProcess, StdioOptions } from 'node:child_process';
import type { Socket } from 'node:net';
import { type MonitorCreateRequest, RuntimeFailedError, readTextIfThere, runtimeMessage, UnavailableError } from '@tspod/core';
import { type ConmonMessage, type MessageReader, readMessages } from './message-reader.ts';
import { unlinkIfPresent } from './unlink-if-present.ts';

/** The first process of conmon. It forks the one that stays, writes that one's pid down, and ends. */
export interface ConmonProcess {
  /** conmon's answers: pid, and for a session exit code. */
  readonly sync: MessageReader;
  /** Tells that the attach socket of a session is there. */
  readonly attachReady: MessageReader | undefined;
  /** Resolves when the first process has ended, and so the pid of the one that stays is written down. */
  forked(): Promise<void>;
  /** Lets conmon go on: first to fork, for a session then to run the process. */
  proceed(): void;
  /** There is nothing more to say to it. Does not end `sync`. */
  release(): void;
  /** Ends all pipes. */
  end(): void;
  /** Why it failed, after a negative message or an early end of `sync`. */
  failure(last: ConmonMessage | undefined): Promise<RuntimeFailedError>;
}

export interface ConmonInvocation {
  readonly path: string;
  readonly arguments: readonly string[];
  readonly request: Pick<MonitorCreateRequest, 'paths' | 'environment' | 'inheritedFds' | 'keptFds' | 'runtime'>;
  readonly verb: 'create' | 'exec';
  /** The container gets our own stdin, stdout and stderr. */
  readonly passesStreams: boolean;
}

const stderrLimit = 16 * 1024;

/** How long stderr may take to end after the first process did. Milliseconds. */
const drainPatience = 1_000;

/** @throws {UnavailableError} `cannot-run` */
export async function startConmon(invocation: ConmonInvocation): Promise<ConmonProcess> {
  const { path, request, verb } = invocation;
  const fds = request.inheritedFds ?? [];
  const first = 3 + fds.length;
  if (request.runtime.logPath !== undefined) unlinkIfPresent(request.runtime.logPath); // the runtime appends
  const { spawn } = await import('node:child_process');
  const child = spawn(path, invocation.arguments, {
    cwd: request.paths.bundleDir,
    detached: true,
    stdio: [
      ...ownStreams(invocation),
      ...fds,
      'pipe',
      'pipe',
      ...(verb === 'exec' ? ['pipe' as const] : []),
      ...(request.keptFds ?? []), // behind those that the runtime is told to hand on: it closes them
    ],
    env: {
      ...request.environment,
      _OCI_SYNCPIPE: String(first),
      _OCI_STARTPIPE: String(first + 1),
      ...(verb === 'exec' ? { _OCI_ATTACHPIPE: String(first + 2) } : {}),
    },
  });
  const exited = new Promise<number | undefined>((resolve) => child.once('exit', (code) => resolve(code ?? undefined)));
  const stderr = collect(child.stderr);
  await started(child, invocation);
  const sync = readMessages(pipeOf(child, first));
  const start = pipeOf(child, first + 1);
  start.on('error', () => undefined); // conmon is gone already: the end of `sync` tells it
  const attachReady = verb === 'exec' ? readMessages(pipeOf(child, first + 2)) : undefined;

  function release(): void {
    start.destroy();
    attachReady?.close();
    child.stderr?.destroy();
    child.unref();
  }

  function end(): void {
    sync.close();
    release();
  }

  return {
    sync,
    attachReady,
    release,
    end,
    proceed: () => start.write('\0'),

    async forked() {
      await exited;
    },

    async failure(last) {
      const exitCode = await exited;
      const ownWords = await stderr();
      end();
      // The runtime's own log has the whole text; conmon hands on a part of its stderr.
      const log = request.runtime.logPath && readTextIfThere(request.runtime.logPath);
      const words = [log, last?.message, ownWords].map((text) => runtimeMessage(text ?? ''));
      const message =
        words.find((text) => text !== '') ?? `conmon ended without a word when it was to ${verb} container ${request.paths.id}`;
      return new RuntimeFailedError(message, {
        code: `oci-${verb}-failed`,
        argv: [path, ...invocation.arguments],
        exitCode,
        stderr: last?.message ?? ownWords,
      });
    },
  };
}

function ownStreams({ passesStreams }: ConmonInvocation): Extract<StdioOptions, unknown[]> {
  return passesStreams ? ['inherit', 'inherit', 'inherit'] : ['ignore', 'ignore', 'pipe'];
}

function pipeOf(child: ChildProcess, fd: number): Socket {
  return child.stdio[fd] as Socket;
}

async function started(child: ChildProcess, { path, request }: ConmonInvocation): Promise<void> {
  if (child.pid !== undefined) return;
  const cause = await new Promise<Error>((resolve) => child.once('error', resolve));
  throw new UnavailableError(`${path} can't be run: ${cause.message}`, {
    code: 'cannot-run',
    hint: `check that "${path} --version" works and that ${request.paths.bundleDir} exists`,
    cause,
  });
}

function collect(stream: ChildProcess['stderr']): () => Promise<string> {
  if (stream === null) return async () => '';
  const chunks: Buffer[] = [];
  let size = 0;
  stream.on('data', (chunk: Buffer) => {
    if (size < stderrLimit) chunks.push(chunk);
    size += chunk.length;
  });
  const ended = new Promise<void>((resolve) => stream.once('close', resolve));
  return async () => {
    const { setTimeout: sleep } = await import('node:timers/promises');
    await Promise.race([ended, sleep(drainPatience, undefined, { ref: false })]);
    return Buffer.concat(chunks).toString('utf8');
  };
}
