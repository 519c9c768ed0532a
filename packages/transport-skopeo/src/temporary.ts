import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { removeTree } from '@tspod/linux';
import type { Environment } from './helper.ts';
import type { SkopeoSettings } from './settings.ts';

export function temporaryParent({ temporaryDirectory }: SkopeoSettings, env: Environment): string {
  return temporaryDirectory ?? env.TMPDIR ?? '/var/tmp';
}

/** For what does not change the store. */
export async function withTemporaryDirectory<Result>(
  parent: string,
  work: (directory: string) => Promise<Result>,
): Promise<Result> {
  const directory = await mkdtemp(join(parent, 'tspod-skopeo-'));
  try {
    return await work(directory);
  } finally {
    await removeTree(directory);
  }
}
