/** The group `images` of `npm run bench`: what is done with images, on a store of its own for each engine. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { writeBusyboxArchive } from '@tspod/testkit';

const base = 'localhost/busybox:latest';

export interface ImageTask {
  readonly name: string;
  readonly arguments: readonly string[];
  readonly before?: readonly string[];
  readonly after?: readonly string[];
  /** What the engine's time is also compared with, and what undoes that. */
  readonly floor?: { readonly argv: readonly string[]; readonly after: readonly string[] };
}

/** Archives that tasks read, below `directory`. */
function archives(directory: string) {
  return { small: join(directory, 'small.tar'), large: join(directory, 'large.tar') };
}

export function imageTasks(directory: string): readonly ImageTask[] {
  const { small, large } = archives(directory);
  const root = join(directory, 'floor-images');
  const skopeoStore = `containers-storage:[overlay@${join(root, 'root')}+${join(root, 'run')}]localhost/large:1`;
  return [
    { name: 'images, 200', arguments: ['images'] },
    { name: 'tag', arguments: ['tag', base, 'localhost/tagged:1'], after: ['untag', base, 'localhost/tagged:1'] },
    { name: 'rmi', before: ['import', '-q', small, 'localhost/doomed:1'], arguments: ['rmi', 'localhost/doomed:1'] },
    {
      name: 'image mount, 40 layers',
      arguments: ['image', 'mount', 'localhost/deep:1'],
      after: ['image', 'unmount', 'localhost/deep:1'],
    },
    {
      name: 'image unmount, 40 layers',
      before: ['image', 'mount', 'localhost/deep:1'],
      arguments: ['image', 'unmount', 'localhost/deep:1'],
    },
    {
      name: 'commit, 200 MB',
      arguments: ['commit', '-q', 'changed', 'localhost/changed:1'],
      after: ['rmi', 'localhost/changed:1'],
    },
    {
      name: 'load, 500 MB',
      arguments: ['load', '-q', '-i', large],
      after: ['rmi', 'localhost/large:1'],
      floor: {
        argv: ['skopeo', 'copy', '-q', `docker-archive:${large}`, skopeoStore],
        after: ['sh', '-c', 'umount -l "$0/overlay"; rm -rf "$0"', join(root, 'root')],
      },
    },
  ];
}

/** Fills the store of the first engine, and gives the others copies: they are of one format. */
export function prepareImageStores(
  directory: string,
  stores: readonly { readonly root: string; readonly argv: readonly string[] }[],
  call: (argv: readonly string[]) => void,
): void {
  const { small, large } = archives(directory);
  const [first, ...others] = stores;
  if (first === undefined) return;
  const engine = (...args: readonly string[]) => call([...first.argv, ...args]);
  writeBusyboxArchive(join(directory, 'base.tar'), { name: base });
  writeBusyboxArchive(join(directory, 'deep.tar'), {
    name: 'localhost/deep:1',
    layers: Array.from({ length: 39 }, (_, index) => ({ [`layer/${index}`]: String(index) })),
  });
  for (const name of ['base', 'deep']) engine('load', '-q', '-i', join(directory, `${name}.tar`));
  const tree = join(directory, 'tree');
  mkdirSync(tree);
  const pack = (target: string) => execFileSync('tar', ['-cf', target, '-C', tree, '.']);
  for (let count = 2; count < 200; count += 1) {
    writeFileSync(join(tree, 'file'), String(count));
    pack(small);
    engine('import', '-q', small, `localhost/image${count}:1`);
  }
  writeFileSync(join(tree, 'file'), 'small');
  pack(small);
  execFileSync('dd', ['if=/dev/urandom', `of=${join(tree, 'file')}`, 'bs=1M', 'count=500'], { stdio: 'ignore' });
  pack(join(directory, 'tree.tar'));
  engine('import', '-q', join(directory, 'tree.tar'), 'localhost/large:1');
  engine('save', '-q', '-o', large, 'localhost/large:1');
  engine('rmi', 'localhost/large:1');
  for (const path of [tree, join(directory, 'tree.tar')]) rmSync(path, { recursive: true });
  for (const { root } of others) {
    mkdirSync(dirname(root), { recursive: true });
    execFileSync('cp', ['-a', first.root, root]);
  }
  for (const { argv } of stores) {
    const change = ['dd', 'if=/dev/urandom', 'of=/file', 'bs=1M', 'count=200'];
    call([...argv, 'run', '--name', 'changed', '--network', 'none', base, ...change]);
  }
}
