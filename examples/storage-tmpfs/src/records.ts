import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AlreadyExistsError, InvalidArgumentError, isId } from '@tspod/core';

/** What is kept of one container. */
export interface TmpfsRecord {
  readonly name: string;
  readonly imageId: string;
  readonly createdAt: string;
  readonly mountOptions: readonly string[];
}

/** The files of this storage: records below the graph root, trees and counts of mounts below the run root. */
export function createRecords(graphRoot: string, runRoot: string) {
  const containers = join(graphRoot, 'tspod/tmpfs/containers');
  const names = join(graphRoot, 'tspod/tmpfs/names');

  function paths(id: string) {
    if (!isId(id))
      throw new InvalidArgumentError(`"${id}" is not an id: 64 lower-case hexadecimal digits are`, { code: 'invalid-id' });
    const directory = join(containers, id);
    const runDirectory = join(runRoot, 'tspod/tmpfs', id);
    return {
      directory,
      staticDir: join(directory, 'userdata'),
      record: join(directory, 'record.json'),
      runDirectory,
      runDir: join(runDirectory, 'userdata'),
      tree: join(runDirectory, 'root'),
      count: join(runDirectory, 'mounts'),
    };
  }

  function read(id: string): TmpfsRecord | undefined {
    return isId(id) && existsSync(paths(id).record) ? JSON.parse(readFileSync(paths(id).record, 'utf8')) : undefined;
  }

  /** The id that has the name. A name whose container has no directory is left over from a crash, and free. */
  function holder(name: string): string | undefined {
    if (!/^[a-zA-Z0-9][\w.-]*$/.test(name) || !existsSync(join(names, name))) return undefined;
    const id = readFileSync(join(names, name), 'utf8');
    return isId(id) && existsSync(paths(id).directory) ? id : undefined;
  }

  function refuseTaken(name: string, id: string): void {
    const owner = holder(name);
    if (owner === undefined || owner === id) return;
    throw new AlreadyExistsError(`the container name "${name}" is already in use by ${owner}`, { code: 'container-exists' });
  }

  return {
    paths,
    read,
    holder,
    ids: () => (existsSync(containers) ? readdirSync(containers).filter((id) => read(id) !== undefined) : []),

    /** Makes the container's directories and takes the name; both or neither. */
    claim(id: string, name: string): void {
      const { directory, staticDir, runDir } = paths(id);
      if (existsSync(directory)) throw new AlreadyExistsError(`container ${id} exists already`, { code: 'id-exists' });
      refuseTaken(name, id);
      for (const path of [names, staticDir, runDir]) mkdirSync(path, { recursive: true, mode: 0o700 });
      writeFileSync(join(names, name), id);
    },

    /** Gives it one more name, which it may have already. */
    claimName(id: string, name: string): void {
      refuseTaken(name, id);
      writeFileSync(join(names, name), id);
    },

    /** Takes every name from it but one. */
    releaseNames(id: string, except: string | undefined): void {
      const owned = existsSync(names) ? readdirSync(names).filter((name) => readFileSync(join(names, name), 'utf8') === id) : [];
      for (const name of owned) if (name !== except) rmSync(join(names, name));
    },

    /** From here on the container is there. */
    commit(id: string, record: TmpfsRecord): void {
      const path = paths(id).record;
      writeFileSync(`${path}.new`, JSON.stringify(record));
      renameSync(`${path}.new`, path);
    },

    remove(id: string): void {
      const { directory, runDirectory } = paths(id);
      rmSync(runDirectory, { recursive: true, force: true });
      this.releaseNames(id, undefined);
      rmSync(directory, { recursive: true, force: true });
    },

    mounts: (id: string) => (existsSync(paths(id).count) ? Number(readFileSync(paths(id).count, 'utf8')) : 0),
    setMounts(id: string, count: number): void {
      mkdirSync(paths(id).runDirectory, { recursive: true, mode: 0o700 });
      writeFileSync(paths(id).count, String(count));
    },
  };
}
