import { dirname, isAbsolute, join, resolve } from 'node:path';
import { InvalidArgumentError, isId } from '@tspod/core';
import type { DirSettings } from './dir-settings.ts';

/** Where this storage keeps what, apart from the directories of containers/storage, whose tools remove what they don't know. */
export interface DirPaths {
  readonly graphRoot: string;
  /** One directory per container, by id. */
  readonly containers: string;
  /** One symlink per name, to the id that has it. */
  readonly names: string;
  of(id: string): ContainerPaths;
}

export interface ContainerPaths {
  readonly directory: string;
  /** The directories on the way to its own, from the roots on, and these. */
  readonly passage: readonly string[];
  readonly record: string;
  readonly staticDir: string;
  /** A copied image. */
  readonly copy: string;
  /** Changes over a caller's directory. */
  readonly upper: string;
  readonly work: string;
  readonly runDirectory: string;
  readonly runDir: string;
  readonly mountPoint: string;
  readonly mounts: string;
  readonly lock: string;
}

export function createDirPaths({ graphRoot, runRoot }: DirSettings): DirPaths {
  for (const path of [graphRoot, runRoot]) {
    if (!isAbsolute(path)) throw new InvalidArgumentError(`"${path}" is not an absolute path`, { code: 'relative-path' });
  }
  const [graph, run] = [resolve(graphRoot), resolve(runRoot)];
  const persistent = join(graph, 'tspod', 'dir');
  const volatile = join(run, 'tspod', 'dir');
  const containers = join(persistent, 'containers');
  return {
    graphRoot: graph,
    containers,
    names: join(persistent, 'names'),
    of(id) {
      if (!isId(id)) {
        throw new InvalidArgumentError(`"${id}" is not an id: 64 lower-case hexadecimal digits are`, { code: 'invalid-id' });
      }
      const directory = join(containers, id);
      const runDirectory = join(volatile, id);
      return {
        directory,
        passage: [graph, dirname(persistent), persistent, containers, directory, run, dirname(volatile), volatile, runDirectory],
        record: join(directory, 'record.json'),
        staticDir: join(directory, 'userdata'),
        copy: join(directory, 'rootfs'),
        upper: join(directory, 'upper'),
        work: join(directory, 'work'),
        runDirectory,
        runDir: join(runDirectory, 'userdata'),
        mountPoint: join(runDirectory, 'merged'),
        mounts: join(runDirectory, 'mounts.json'),
        lock: join(runDirectory, 'mounts.lock'),
      };
    },
  };
}
