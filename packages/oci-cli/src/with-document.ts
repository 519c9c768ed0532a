import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Writes a JSON document to a file that only this user can read, for a program to read while `use` lasts. */
export async function withDocument<Result>(document: object, use: (path: string) => Promise<Result>): Promise<Result> {
  const directory = await mkdtemp(join(tmpdir(), 'tspod-oci-'));
  try {
    const path = join(directory, 'document.json');
    await writeFile(path, JSON.stringify(document));
    return await use(path);
  } finally {
    await rm(directory, { recursive: true });
  }
}
