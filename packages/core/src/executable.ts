import { accessSync, constants, statSync } from 'node:fs';
import { type Usability, unusable, usable } from './contracts/usability.ts';
import { UnavailableError } from './errors.ts';

/** The first of these paths that is a file this process may execute. */
export function firstExecutable(paths: readonly string[]): string | undefined {
  return paths.find((path) => problemOf(path) === undefined);
}

/** Whether a program is there to be run; runs nothing. */
export function executableUsability(path: string): Usability {
  const problem = problemOf(path);
  return problem === undefined ? usable : unusable(`${path} ${problem}`);
}

/**
 * What a program prints for `--version`, and the number in its first line.
 * @throws {UnavailableError} `no-version` when it can't be run or prints nothing.
 */
export async function executableVersion(path: string): Promise<{ readonly version: string; readonly text: string }> {
  const { execFile } = await import('node:child_process');
  let output: string;
  try {
    output = await new Promise((resolve, reject) => {
      const options = { cwd: '/', timeout: 10_000 };
      execFile(path, ['--version'], options, (error, stdout) => (error === null ? resolve(stdout) : reject(error)));
    });
  } catch (cause) {
    throw noVersion(path, cause);
  }
  const text = output.trim();
  const [line = ''] = text.split('\n', 1);
  if (text === '') throw noVersion(path, undefined);
  return { version: /\d+\.\d+\S*/.exec(line)?.[0] ?? line, text };
}

function problemOf(path: string): string | undefined {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return 'does not exist';
  if (!stat.isFile()) return 'is not a file';
  try {
    accessSync(path, constants.X_OK);
    return undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EACCES') return 'is not executable';
    throw error;
  }
}

function noVersion(path: string, cause: unknown): UnavailableError {
  return new UnavailableError(`${path} does not tell its version`, {
    code: 'no-version',
    hint: `check that "${path} --version" works`,
    cause,
  });
}
