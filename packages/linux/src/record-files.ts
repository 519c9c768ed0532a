import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { CorruptError, readTextIfThere } from '@tspod/core';
import { replaceFile } from './replace-file.ts';
import { hasCode } from './system-error.ts';

/** One file per container, on tmpfs. A record is changed under its container's lock. */
export class RecordFiles<Record extends { readonly containerId: string }> {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** @throws {CorruptError} `corrupt-record` */
  read(containerId: string): Record | undefined {
    const path = this.#pathOf(containerId);
    const text = readTextIfThere(path);
    if (text === undefined) return undefined;
    try {
      return JSON.parse(text) as Record;
    } catch (cause) {
      throw new CorruptError(`the record ${path} of a container's network can't be understood`, {
        code: 'corrupt-record',
        path,
        hint: 'stop the container, remove the file and the namespace that it names',
        cause,
      });
    }
  }

  write(record: Record): void {
    mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
    replaceFile(this.#pathOf(record.containerId), JSON.stringify(record));
  }

  /** Idempotent. */
  remove(containerId: string): void {
    rmSync(this.#pathOf(containerId), { force: true });
  }

  ids(): string[] {
    try {
      return readdirSync(this.#directory).flatMap((name) =>
        /^[^.].*\.json$/.test(name) ? [name.slice(0, -'.json'.length)] : [],
      );
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return [];
      throw error;
    }
  }

  #pathOf(containerId: string): string {
    return join(this.#directory, `${containerId}.json`);
  }
}
