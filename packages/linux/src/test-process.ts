import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** A program that a test talks to line by line. */
export interface TestProcess extends AsyncDisposable {
  readonly pid: number;
  /** The next line of its output; undefined at the end. */
  line(): Promise<string | undefined>;
  say(text: string): void;
  /** Ends it by SIGKILL and waits until it was reaped. */
  kill(): Promise<void>;
  /** Its exit code, once it has ended; null when a signal ended it. */
  readonly exited: Promise<number | null>;
}

export function startProgram(command: string, ...args: readonly string[]): TestProcess {
  const child: ChildProcess = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const { pid, stdin, stdout } = child;
  if (pid === undefined || !stdin || !stdout) throw new Error(`${command} can't be started`);
  const lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
  const exited = once(child, 'exit').then(([code]): number | null => code);
  const kill = async () => {
    child.kill('SIGKILL');
    await exited;
  };
  return {
    pid,
    exited,
    kill,
    say: (text) => void stdin.write(`${text}\n`),
    line: async () => (await lines.next()).value,
    [Symbol.asyncDispose]: kill,
  };
}

/** Whether this Node can read our sources as they are: Node 22 has no `await using`. */
export const runsSources = Number.parseInt(process.versions.node, 10) >= 24;
if (!runsSources) console.log('skipping tests that run programs of several processes: they need Node 24, which runs the sources');

/** Runs a module of Node that has this package as `linux` and its arguments as `args`. */
export function startScript(code: string, ...args: readonly string[]): TestProcess {
  return startProgram(...scriptCommand(code, ...args));
}

export function scriptCommand(code: string, ...args: readonly string[]): [command: string, ...args: string[]] {
  const index = new URL('./index.ts', import.meta.url);
  const source = `import * as linux from ${JSON.stringify(index)};\nconst args = process.argv.slice(1);\n${code}`;
  return [process.execPath, '--conditions=tspod-source', '--input-type=module', '-e', source, '--', ...args];
}
