import { join } from 'node:path';
import { firstExecutable, type Usability, unusable, usable } from '@tspod/core';
import { runProgram } from './run-program.ts';

/** Version that podman asks for, as criu writes it in one number. */
const oldestVersion = 31100;

/**
 * Whether CRIU, which runtimes write and restore checkpoints with, is there and can work on this kernel: criu(8), `check`.
 * @param environment whose `PATH` the runtime looks in.
 */
export async function criuUsability(
  environment: Readonly<Record<string, string>>,
  { memoryTracking = false }: { readonly memoryTracking?: boolean } = {},
): Promise<Usability> {
  const directories = (environment.PATH ?? '').split(':').filter((directory) => directory !== '');
  const criu = firstExecutable(directories.map((directory) => join(directory, 'criu')));
  const needed = `checkpoint/restore requires at least CRIU ${oldestVersion}`;
  if (criu === undefined) return unusable(`${needed}: there is no criu in $PATH: install it with \`apt-get install criu\``);
  const { stdout } = await runProgram(criu, ['--version'], { environment, wantsOutput: true });
  if (versionNumber(stdout) < oldestVersion) return unusable(`${needed}: ${criu} is ${stdout.trim().replaceAll('\n', ', ')}`);
  const check = await runProgram(criu, ['check'], { environment });
  if (check.exitCode !== 0)
    return unusable(`criu does not work on this machine: \`${criu} check\` says: ${complaint(check.stderr)}`);
  if (!memoryTracking) return usable;
  const { exitCode } = await runProgram(criu, ['check', '--feature', 'mem_dirty_track'], { environment });
  return exitCode === 0 ? usable : unusable('system (architecture/kernel/CRIU) does not support memory tracking');
}

/** `Version: 3.17.1` is 31701. */
function versionNumber(text: string): number {
  const [, major = 0, minor = 0, patch = 0] = /Version:\s*(\d+)\.(\d+)(?:\.(\d+))?/.exec(text)?.map(Number) ?? [];
  return major * 10_000 + minor * 100 + (patch || 0);
}

/** The first of what went wrong; what comes after follows from it. */
function complaint(stderr: string): string {
  const lines = stderr.split('\n').filter((line) => line !== '');
  return lines.find((line) => line.startsWith('Error')) ?? lines.at(-1) ?? 'nothing';
}
