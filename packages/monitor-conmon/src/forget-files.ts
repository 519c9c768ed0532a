import { rmSync } from 'node:fs';
import type { MonitorPaths } from '@tspod/core';
import { conmonFiles } from './conmon-files.ts';
import { unlinkIfPresent } from './unlink-if-present.ts';

/** Removes what an earlier run of the same container left; an exit file of then would read as "has ended". */
export function forgetFiles(paths: MonitorPaths): void {
  const { persist, ...files } = conmonFiles(paths);
  for (const path of Object.values(files)) unlinkIfPresent(path);
  rmSync(persist, { recursive: true, force: true });
}
