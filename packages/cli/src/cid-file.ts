import { closeSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { AlreadyExistsError } from '@tspod/core';

/**
 * A file for the id of a container or pod, taken before that is made so that two commands can't both have it.
 * @throws {AlreadyExistsError} `cid-file-exists`
 */
export class CidFile {
  readonly #path: string;

  constructor(path: string, kind: 'container' | 'pod' = 'container') {
    this.#path = path;
    try {
      closeSync(openSync(path, 'wx', 0o644));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      throw new AlreadyExistsError(`${kind} id file exists. Ensure another ${kind} is not using it or delete ${path}`, {
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
