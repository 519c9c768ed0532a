import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { RuntimeFailedError, UnavailableError } from '@tspod/core';
import { hasCode } from '@tspod/linux';

const run = promisify(execFile);

/**
 * Copies the content of a directory into another, keeping owners, modes, times, links, devices and extended attributes; blocks
 * are shared where the file system can.
 * @throws {RuntimeFailedError} with what `cp` says.
 */
export async function copyTree(source: string, target: string): Promise<void> {
  const argv = [
    '--archive',
    '--preserve=all',
    '--reflink=auto',
    '--sparse=auto',
    '--one-file-system',
    '--',
    `${source}/.`,
    target,
  ];
  try {
    await run('cp', argv, { env: { PATH: process.env.PATH, LC_ALL: 'C' } });
  } catch (cause) {
    if (hasCode(cause, 'ENOENT')) {
      throw new UnavailableError('cp of GNU coreutils is not installed', {
        code: 'no-cp',
        hint: 'install the package coreutils',
        cause,
      });
    }
    const { code, stderr = '' } = cause as { readonly code?: unknown; readonly stderr?: string };
    throw new RuntimeFailedError(`copying ${source} to ${target} failed: ${stderr.trim().split('\n')[0]}`, {
      code: 'copy-failed',
      argv: ['cp', ...argv],
      exitCode: typeof code === 'number' ? code : undefined,
      stderr: stderr.slice(-4096),
      cause,
    });
  }
}
