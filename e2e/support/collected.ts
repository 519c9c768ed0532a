import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';

export interface Collected {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Starts a program whose output is collected until it ends itself: a monitor that it left behind may hold the pipes for longer, and `close` would
 * wait for that, too.
 */
export function startCollecting(
  file: string,
  args: readonly string[],
  options: Pick<SpawnOptions, 'env'> = {},
): { readonly child: ChildProcess; readonly ended: Promise<Collected> } {
  const child = spawn(file, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].on('data', (chunk) => {
      texts[name] += chunk;
    });
  }
  const ended = new Promise<Collected>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (exitCode, signal) => {
      setImmediate(() => {
        child.stdout.destroy();
        child.stderr.destroy();
        resolve({ exitCode, signal, ...texts });
      });
    });
  });
  return { child, ended };
}
