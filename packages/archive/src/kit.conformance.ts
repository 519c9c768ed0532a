import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FileTree, FileTrees } from '@tspod/core';
import { describeDefects, type FileTreesFixture, fileTreesChecks, fileTreesSuite } from '@tspod/testkit';
import { createFileTrees } from './index.ts';

async function fixture(
  breakIt: (trees: FileTrees, directory: string) => Partial<FileTrees> = () => ({}),
): Promise<FileTreesFixture> {
  const directory = mkdtempSync('/var/tmp/tspod-trees-');
  const trees = createFileTrees();
  const descriptors = readdirSync('/proc/self/fd').length;
  return {
    instance: { ...trees, ...breakIt(trees, directory) },
    directory,
    async cleanup() {
      const open = readdirSync('/proc/self/fd').length;
      rmSync(directory, { recursive: true });
      if (open > descriptors) throw new Error(`${open - descriptors} descriptors are left open`);
    },
  };
}

fileTreesSuite('this machine', () => fixture());

/** Changes the trees that are opened. */
const opening =
  (change: (tree: FileTree, directory: string) => Partial<FileTree>) =>
  (trees: FileTrees, directory: string): Partial<FileTrees> => ({
    async openDirectory(path) {
      const tree = await trees.openDirectory(path);
      return { ...tree, ...change(tree, directory) };
    },
  });

describeDefects(
  'the suite of file trees',
  fileTreesChecks,
  {
    'opens directories, and nothing else': (trees) => ({
      async openDirectory() {
        const tree = await trees.openDirectory('/');
        tree[Symbol.dispose]();
        return tree;
      },
    }),
    'tells what differs between two trees': (trees) => ({
      changes: async (before, after) => (await trees.changes(before, after)).filter(({ kind }) => kind !== 'deleted'),
    }),
    'looks at what is in the tree, and at nothing outside': opening((tree) => ({
      look: (path) => tree.look(path.split('/').at(-1) ?? ''),
    })),
    'packs a file or a directory, as it is named, without what is left out': opening((tree) => ({
      pack: (path, options) => tree.pack(path, { ...options, without: [] }),
    })),
    'unpacks an archive, to whom it says or is told, under another name': opening((tree) => ({
      unpack: (archive, path, options) => tree.unpack(archive, path, { ...options, owner: { uid: 12, gid: 34 } }),
    })),
    'unpacks nothing outside, whatever the archive or the tree has': opening((_, directory) => ({
      unpack: async () => writeFileSync(join(directory, 'secret'), 'overwritten'),
    })),
    'replaces directories by other things only when it may': opening((tree) => ({
      unpack: (archive, path) => tree.unpack(archive, path, { replaceDirectories: true }),
    })),
    'refuses an archive that is cut off': opening((tree) => ({
      unpack: (archive, path) => tree.unpack(archive, path).catch(() => undefined),
    })),
    'stops when it is told to, with the reason': opening((tree) => ({ pack: (path) => tree.pack(path) })),
    'opens what a process has as its root, with its mounts, while exactly that process runs': (trees) => ({
      openRootOf: () => trees.openDirectory('/'),
    }),
  } satisfies Record<string, (trees: FileTrees, directory: string) => Partial<FileTrees>>,
  fixture,
);
