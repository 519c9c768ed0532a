import { spawn } from 'node:child_process';
import { closeSync, createReadStream, openSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { type ExpansionLimit, expansionError, RuntimeFailedError, UnavailableError } from '@tspod/core';
import { hasCode, openPseudoTerminal } from '@tspod/linux';
import { watchExpansion } from './expansion-watch.ts';

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
  /** What stdin is, in place of a file. */
  readonly inputText?: string | undefined;
  /** Give the program a terminal as stdout, called with what it draws there; nothing is returned. */
  readonly onTerminalText?: ((text: string) => void) | undefined;
  /** One more descriptor that the program holds as long as it lives. */
  readonly heldFd?: number | undefined;
  /** File that takes stdout. Default: stdout is returned. */
  readonly output?: string | undefined;
  /** Stop the program when it writes so much more than it reads, which only what unpacks bombs does. */
  readonly expansion?: { readonly subject: string; readonly limit: ExpansionLimit } | undefined;
}

/** How long a helper that was told to stop may take until it is killed, in milliseconds. */
const patience = 3000;

/** How much of stderr an error carries, in characters. */
const stderrKept = 4096;

/**
 * Runs a helper program to its end.
 *
 * @returns what it wrote to stdout, byte by byte
 * @throws {UnavailableError} `missing-helper`; {RuntimeFailedError} `helper-failed`; {InvalidArgumentError} `archive-too-large` when it
 * was stopped for `expansion`; the signal's reason when that aborted it.
 */
export async function runHelper(call: HelperCall): Promise<Uint8Array> {
  const { argv, signal } = call;
  signal?.throwIfAborted();
  const { exitCode, signalName, stdout, stderr, hasExpanded } = await runToItsEnd(call);
  signal?.throwIfAborted();
  if (hasExpanded && call.expansion) throw expansionError(call.expansion.subject, call.expansion.limit);
  if (exitCode === 0) return stdout;
  const reason = reasonOf(stderr) || (signalName === null ? `exit code ${exitCode}` : `killed by ${signalName}`);
  throw new RuntimeFailedError(`${argv[0]} failed: ${reason}`, {
    code: 'helper-failed',
    hint: /invalid policy in "/.test(reason) ? 'mend the file, or name another one with --signature-policy' : undefined,
    argv,
    exitCode: exitCode ?? undefined,
    stderr,
  });
}

interface Ending {
  readonly exitCode: number | null;
  readonly signalName: NodeJS.Signals | null;
  readonly stdout: Uint8Array;
  /** The end of it. */
  readonly stderr: string;
  /** It was stopped because of what it wrote. */
  readonly hasExpanded: boolean;
}

async function runToItsEnd(call: HelperCall): Promise<Ending> {
  const { argv, env, signal, onLine, onTerminalText, heldFd } = call;
  const [command, ...rest] = argv;
  const opened: number[] = [];
  const opening = (fd: number) => {
    opened.push(fd);
    return fd;
  };
  try {
    const terminal = onTerminalText && openPseudoTerminal(terminalSize);
    if (terminal) opening(terminal.programFd);
    const stdin =
      call.input === undefined ? (call.inputText === undefined ? 'ignore' : 'pipe') : opening(openSync(call.input, 'r'));
    const stdout = call.output === undefined ? 'pipe' : opening(openSync(call.output, 'w'));
    const drawing = terminal && readTerminal(terminal.controllerFd, onTerminalText);
    const child = spawn(command, rest, {
      env,
      stdio: [stdin, terminal?.programFd ?? stdout, 'pipe', ...(heldFd === undefined ? [] : [heldFd])],
    });
    for (const fd of opened.splice(0)) closeSync(fd);
    let killing: NodeJS.Timeout | undefined;
    const stop = () => {
      child.kill('SIGTERM');
      killing = setTimeout(() => child.kill('SIGKILL'), patience);
    };
    signal?.addEventListener('abort', stop, { once: true });
    const watch = call.expansion && child.pid !== undefined ? watchExpansion(child.pid, call.expansion.limit, stop) : undefined;
    const written: Buffer[] = [];
    let complaints = '';
    if (child.stdout && onLine) createInterface({ input: child.stdout }).on('line', onLine);
    else child.stdout?.on('data', (bytes: Buffer) => written.push(bytes));
    child.stderr?.on('data', (bytes: Buffer) => {
      complaints = (complaints + bytes.toString()).slice(-stderrKept);
    });
    // a program that ends without reading has its own reasons, which it tells
    child.stdin?.on('error', (error) => (hasCode(error, 'EPIPE') ? undefined : child.kill('SIGKILL')));
    if (call.inputText !== undefined) child.stdin?.end(call.inputText);
    try {
      const [exitCode, signalName] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
        child.on('error', (error) => reject(hasCode(error, 'ENOENT') ? missing(call, error) : error));
        child.on('close', (code, name) => resolve([code, name]));
      });
      return {
        exitCode,
        signalName,
        stdout: Buffer.concat(written),
        stderr: complaints.trim(),
        hasExpanded: watch?.hasExpanded() ?? false,
      };
    } finally {
      clearTimeout(killing);
      watch?.end();
      signal?.removeEventListener('abort', stop);
      await drawing;
    }
  } finally {
    for (const fd of opened) closeSync(fd);
  }
}

function missing({ argv: [command], debianPackage }: HelperCall, cause: unknown): UnavailableError {
  return new UnavailableError(`${command} is not installed`, {
    code: 'missing-helper',
    hint: `install it with \`apt-get install ${debianPackage}\``,
    cause,
  });
}

/** Wide enough that skopeo shortens nothing. */
const terminalSize = { columns: 200, rows: 50 };

/** Ends when no program has the other end any more. */
function readTerminal(fd: number, onText: (text: string) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const stream = createReadStream('', { fd, encoding: 'utf8' });
    stream.on('data', (text) => onText(String(text)));
    stream.on('end', resolve);
    // Linux's way to say so
    stream.on('error', (error) => (hasCode(error, 'EIO') ? resolve() : reject(error)));
  });
}

/** The text that matters in what skopeo writes: the message of its last log line. */
export function reasonOf(stderr: string): string {
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
