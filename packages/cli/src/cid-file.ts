import { closeSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { AlreadyExistsError } from '@tspod/core';

/**
 * A file for a container's id, taken before the container is made so that two commands can't both have it.
 * @throws {AlreadyExistsError} `cid-file-exists`
 */
export class CidFile {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
    try {
      closeSync(openSync(path, 'wx', 0o644));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      throw new AlreadyExistsError(`container id file exists. Ensure another container is not using it or delete ${path}`, {
        code: 'cid-file-exists',
      });
    }
  }

  write(id: string): void {
    writeFileSync(this.#path, id);
  }

  remove(): void {
    rmSync(this.#path, { force: true });
  }
}
