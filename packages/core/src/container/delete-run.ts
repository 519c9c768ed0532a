import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ContainerConfig } from './config.ts';
import type { Run } from './run.ts';
import { deleteRun } from './run-on-runtime.ts';

/**
 * Deletes a container from its OCI runtime, and meanwhile does what is to be done with its files; afterwards, where the runtime runs
 * `poststop` hooks, for these run in the bundle (OCI runtime specification, lifecycle).
 */
export async function deleteFromRuntime(run: Run, withFiles: () => Promise<unknown>): Promise<void> {
  const deleting = () => deleteRun(run);
  if (!hasPoststopHooks(run.config)) {
    await Promise.all([deleting(), withFiles()]);
    return;
  }
  await deleting();
  await withFiles();
}

/** Hooks of directories are only in what the runtime was given. A text of the user's with that word in it does no harm. */
function hasPoststopHooks({ staticDir }: ContainerConfig): boolean {
  const path = join(staticDir, 'config.json');
  return existsSync(path) && readFileSync(path, 'utf8').includes('"poststop"');
}
