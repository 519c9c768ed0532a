import type { FileTrees } from '@tspod/core';

/** What works with trees of files is loaded when it is first used: most commands don't. */
export function lazyFileTrees(): FileTrees {
  let loading: Promise<FileTrees> | undefined;
  const loaded = () => {
    loading ??= import('@tspod/archive').then(({ createFileTrees }) => createFileTrees());
    return loading;
  };
  return {
    specVersion: 'v1',
    openDirectory: async (path) => (await loaded()).openDirectory(path),
    openRootOf: async (process) => (await loaded()).openRootOf(process),
    changes: async (before, after) => (await loaded()).changes(before, after),
  };
}
