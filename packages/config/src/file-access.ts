import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** The files that configuration is read from. */
export interface FileAccess {
  /** Undefined: there is no such file. */
  read(path: string): string | undefined;
  /** Names in a directory, unsorted; none when there is no such directory. */
  list(path: string): readonly string[];
  exists(path: string): boolean;
}

export const fileSystem: FileAccess = {
  read: (path) => unlessMissing(() => readFileSync(path, 'utf8')),
  list: (path) => unlessMissing(() => readdirSync(path)) ?? [],
  exists: existsSync,
};

function unlessMissing<Result>(action: () => Result): Result | undefined {
  try {
    return action();
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return undefined;
    throw error;
  }
}
