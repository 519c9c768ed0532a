import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { isAbsolute, join, resolve } from 'node:path';
import {
  type BuildRequest,
  type BuiltImage,
  executableUsability,
  type ImageBuilder,
  NotFoundError,
  RuntimeFailedError,
  UnavailableError,
  unusable,
  usable,
} from '@tspod/core';
import { buildArguments } from './build-arguments.ts';
import type { BuildahSettings } from './buildah-settings.ts';

/** How long buildah may take to clean up after it was told to stop until it is killed, in milliseconds. */
const patience = 10_000;

/** How much of what buildah says is kept, in bytes: enough for an id, or for the reason of a failure. */
const kept = 4096;

export class BuildahBuilder implements ImageBuilder {
  readonly specVersion = 'v1';
  readonly name = 'buildah';
  readonly #settings: BuildahSettings;
  readonly #env: NodeJS.ProcessEnv;
  readonly #program: string;

  constructor(settings: BuildahSettings, env: NodeJS.ProcessEnv) {
    this.#settings = settings;
    this.#env = env;
    this.#program = settings.path ?? 'buildah';
  }

  async probe() {
    const directories = isAbsolute(this.#program) ? [''] : (this.#env.PATH ?? '').split(':');
    const isThere = directories.some((directory) => executableUsability(join(directory, this.#program)).usable);
    return isThere ? usable : unusable(`${this.#program} is not installed`);
  }

  async build(request: BuildRequest): Promise<BuiltImage> {
    const { signal, flags = [], workingDirectory = process.cwd() } = request;
    signal?.throwIfAborted();
    if (!existsSync(workingDirectory)) {
      throw new NotFoundError(`stat ${workingDirectory}: no such file or directory`, { code: 'no-such-file' });
    }
    refuseMissingContext(request.context, workingDirectory);
    const argv: [string, ...string[]] = [this.#program, ...buildArguments(this.#settings, request, this.#env)];
    const ending = await this.#run(argv, request);
    signal?.throwIfAborted();
    if (ending.exitCode !== 0) {
      throw new RuntimeFailedError(ending.complaints.split('\n').at(-1) || `buildah exited with ${ending.exitCode}`, {
        code: 'build-failed',
        argv,
        exitCode: ending.exitCode,
        stderr: ending.complaints,
      });
    }
    const [, id] = /(?:^|\n)([0-9a-f]{64})\s*$/.exec(ending.output) ?? [];
    const idFile = flags.findLast(([name]) => name === 'iidfile')?.[1];
    if (idFile !== undefined && id !== undefined) await writeFile(resolve(workingDirectory, idFile), `sha256:${id}`);
    return { id };
  }

  async #run([program, ...rest]: readonly [string, ...string[]], request: BuildRequest) {
    const { workingDirectory, readsStdin, onOutput, onComplaint, signal } = request;
    const child = spawn(program, rest, {
      env: this.#env,
      cwd: workingDirectory,
      stdio: [readsStdin ? 'inherit' : 'ignore', 'pipe', onComplaint === undefined ? 'inherit' : 'pipe'],
    });
    using _ = stoppedBy(signal, child);
    let output = '';
    let complaints = '';
    child.stdout?.on('data', (bytes: Buffer) => {
      output = (output + bytes.toString('latin1')).slice(-kept);
      onOutput?.(bytes);
    });
    child.stderr?.on('data', (bytes: Buffer) => {
      complaints = (complaints + bytes.toString()).slice(-kept);
      onComplaint?.(bytes);
    });
    const [exitCode, signalName] = await new Promise<[number | null, NodeJS.Signals | null]>((done, fail) => {
      child.on('error', (error: NodeJS.ErrnoException) => fail(error.code === 'ENOENT' ? this.#missing(error) : error));
      child.on('close', (code, name) => done([code, name]));
    });
    if (signalName !== null) complaints += `\nbuildah was killed by ${signalName}`;
    return { exitCode: exitCode ?? 125, output, complaints: complaints.trim() };
  }

  #missing(cause: unknown): UnavailableError {
    return new UnavailableError(`${this.#program} is not installed`, {
      code: 'missing-helper',
      hint: 'install it with `apt-get install buildah`',
      cause,
    });
  }
}

/** What is no URL and not stdin has to be a directory; buildah would only say that it has no Containerfile in it. */
function refuseMissingContext(context: string | undefined, workingDirectory: string): void {
  if (context === undefined || context === '-' || /^(https?|git|ssh):|^(git@|github\.com\/)|\.git(#.*)?$/.test(context)) return;
  const path = resolve(workingDirectory, context);
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
  throw new NotFoundError(`context must be a directory: "${path}"`, { code: 'no-such-file' });
}

/** buildah passes SIGINT on to the command of a `RUN`, and then cleans up as after a failure. */
function stoppedBy(signal: AbortSignal | undefined, child: ChildProcess): Disposable {
  let killing: NodeJS.Timeout | undefined;
  const stop = () => {
    child.kill('SIGINT');
    killing = setTimeout(() => child.kill('SIGKILL'), patience);
  };
  signal?.addEventListener('abort', stop, { once: true });
  return {
    [Symbol.dispose]() {
      clearTimeout(killing);
      signal?.removeEventListener('abort', stop);
    },
  };
}
