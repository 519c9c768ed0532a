import { createInterface } from 'node:readline';
import { RuntimeFailedError, UnavailableError } from '@tspod/core';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface HelperCall {
  /** Program and arguments. */
  readonly argv: readonly [string, ...string[]];
  /** Complete. */
  readonly env: Environment;
  /** Debian package that brings the program. */
  readonly debianPackage: string;
  readonly signal?: AbortSignal | undefined;
  /** Called with each line of stdout. */
  readonly onLine?: ((line: string) => void) | undefined;
  /** File that stdin is read from. Default: stdin is empty. */
  readonly input?: string | undefined;
  /** File that takes stdout. Default: stdout is returned. */
  readonly output?: string | undefined;
}

/** How long a helper that was told to stop may take until it is killed, in milliseconds. */
const patience = 3000;

/** How much of stderr an error carries, in characters. */
const stderrKept = 4096;

/**
 * Runs a helper program to its end; the one place that knows execa.
 *
 * @returns what it wrote to stdout, byte by byte
 * @throws {UnavailableError} `missing-helper`; {RuntimeFailedError} `helper-failed`; the signal's reason when that aborted it.
 */
export async function runHelper(call: HelperCall): Promise<Uint8Array> {
  const { argv, signal } = call;
  signal?.throwIfAborted();
  const { execa } = await import('execa');
  const [command, ...rest] = argv;
  const child = execa(command, rest, {
    env: call.env,
    extendEnv: false,
    stdin: call.input === undefined ? 'ignore' : { file: call.input },
    stdout: call.output === undefined ? 'pipe' : { file: call.output },
    encoding: 'buffer',
    stripFinalNewline: false,
    reject: false,
    forceKillAfterDelay: patience,
    ...(signal && { cancelSignal: signal }),
  });
  if (call.onLine !== undefined && child.stdout) createInterface({ input: child.stdout }).on('line', call.onLine);
  const result = await child;
  signal?.throwIfAborted();
  if (!result.failed) return result.stdout ?? new Uint8Array();
  if (result.code === 'ENOENT') {
    throw new UnavailableError(`${command} is not installed`, {
      code: 'missing-helper',
      hint: `install it with \`apt-get install ${call.debianPackage}\``,
    });
  }
  const stderr = Buffer.from(result.stderr ?? '')
    .toString()
    .trim()
    .slice(-stderrKept);
  throw new RuntimeFailedError(
    `${command} failed: ${reason(stderr) || result.originalMessage || `exit code ${result.exitCode}`}`,
    {
      code: 'helper-failed',
      argv,
      exitCode: result.exitCode,
      stderr,
      cause: result,
    },
  );
}

/** The text that matters in what skopeo writes: the message of its last log line. */
function reason(stderr: string): string {
  const line = stderr.split('\n').at(-1) ?? '';
  const [, message] = /\bmsg=("(?:[^"\\]|\\.)*")/.exec(line) ?? [];
  if (message === undefined) return line;
  try {
    return String(JSON.parse(message));
  } catch (error) {
    // logged with escapes that JSON does not have
    if (error instanceof SyntaxError) return message.slice(1, -1);
    throw error;
  }
}
