import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeBusyboxArchive } from '@tspod/testkit';
import { busybox, type CommandResult, type Store } from './store.ts';

export interface SharedWork {
  /** How often each program was called. */
  readonly calls: Readonly<Record<string, number>>;
  /** Calls that failed for another reason than the work of the others. */
  readonly failures: readonly string[];
}

type Act = (word: string) => Promise<CommandResult>;

/** A line of work that is repeated. What it may run into, because others remove what it works with, is said by `mayFail`. */
interface Worker {
  readonly acts: readonly Act[];
  readonly mayFail?: RegExp;
}

/**
 * For a time tspod, podman and buildah make and remove containers and images of one store at once, each of them its own but for one image
 * that two load and remove. Nothing that one does may make another one fail.
 */
export async function shareWork(store: Store, milliseconds: number): Promise<SharedWork> {
  const tspod =
    (...args: readonly string[]): Act =>
    (word) =>
      store.tspod(args.map((arg) => arg.replace('NAME', word)));
  const podman =
    (...args: readonly string[]): Act =>
    (word) =>
      store.podman(args.map((arg) => arg.replace('NAME', word)));
  const buildah =
    (...args: readonly string[]): Act =>
    (word) =>
      store.buildah(args.map((arg) => arg.replace('NAME', word)));
  const archive = store.path('shared.tar');
  writeBusyboxArchive(archive, { name: 'localhost/shared:1', layers: [{ shared: 'x' }] });
  const context = store.path('build');
  mkdirSync(context);
  writeFileSync(join(context, 'Containerfile'), `FROM ${busybox}\nARG WHO\nRUN echo $WHO > /built\n`);
  const loads: Worker = {
    acts: [tspod('load', '-q', '-i', archive), tspod('rmi', 'localhost/shared:1')],
    mayFail: /image not known/,
  };
  const workers: Readonly<Record<string, Worker>> = {
    'tspod loads': loads,
    'tspod loads, too': loads,
    'tspod builds': {
      acts: [
        // in search of steps that it has already, buildah stumbles over images that are removed meanwhile
        tspod('build', '-q', '--no-cache', '--isolation', 'chroot', '--build-arg', 'WHO=NAME', '-t', 'localhost/NAME', context),
        tspod('run', '--rm', '--network', 'none', 'localhost/NAME', 'grep', 'NAME', '/built'),
        tspod('rmi', 'localhost/NAME'),
      ],
    },
    'tspod containers': {
      acts: [
        tspod('run', '--network', 'none', '--name', 'NAME', busybox, 'sh', '-c', 'echo NAME > /file'),
        tspod('commit', '-q', 'NAME', 'localhost/NAME'),
        tspod('run', '--rm', '--network', 'none', 'localhost/NAME', 'cat', '/file'),
        tspod('rm', 'NAME'),
        tspod('rmi', 'localhost/NAME'),
      ],
    },
    'tspod names': {
      acts: [
        tspod('tag', busybox, 'localhost/NAME:1'),
        tspod('images'),
        tspod('create', '--name', 'NAME', 'localhost/NAME:1', 'true'),
        tspod('image', 'inspect', 'localhost/NAME:1'),
        tspod('rm', 'NAME'),
        tspod('untag', busybox, 'localhost/NAME:1'),
      ],
    },
    podman: {
      acts: [
        podman('create', '--network', 'none', '--name', 'NAME', busybox, 'true'),
        podman('commit', '-q', 'NAME', 'localhost/NAME'),
        podman('run', '--rm', '--network', 'none', 'localhost/NAME', 'true'),
        podman('rm', 'NAME'),
        podman('rmi', 'localhost/NAME'),
      ],
    },
    buildah: {
      acts: [
        buildah('from', '--pull-never', '--name', 'NAME', busybox),
        buildah('copy', 'NAME', '/etc/hostname', '/copied'),
        buildah('commit', '--rm', 'NAME', 'localhost/NAME'),
        buildah('rmi', 'localhost/NAME'),
      ],
    },
  };
  const deadline = performance.now() + milliseconds;
  const calls: Record<string, number> = {};
  const failures: string[] = [];
  const work = async ([name, { acts, mayFail }]: [string, Worker]) => {
    calls[name] = 0;
    while (performance.now() < deadline) {
      const word = `n${randomBytes(6).toString('hex')}`;
      for (const act of acts) {
        const { exitCode, stderr } = await act(word);
        calls[name] = (calls[name] ?? 0) + 1;
        if (exitCode !== 0 && !mayFail?.test(stderr)) failures.push(`${name}: ${exitCode} ${stderr}`);
      }
    }
  };
  await Promise.all(Object.entries(workers).map(work));
  return { calls, failures };
}

/** Every record and every file of a store that images and containers add to. */
export function storeContent(store: Pick<Store, 'root'>): Readonly<Record<string, readonly string[]>> {
  const list = (path: string) =>
    readdirSync(join(store.root, path))
      .filter((name) => !/^\.tmp-|\.lock$|^volatile-/.test(name))
      .sort();
  const records = (kind: string) =>
    (JSON.parse(readFileSync(join(store.root, `overlay-${kind}/${kind}.json`), 'utf8')) as { id: string; names?: string[] }[])
      .map(({ id, names }) => `${id} ${names?.toSorted().join() ?? ''}`)
      .sort();
  return {
    layers: records('layers'),
    images: records('images'),
    containers: records('containers'),
    layerDirectories: list('overlay').filter((name) => name.length === 64),
    links: list('overlay/l'),
    layerFiles: list('overlay-layers'),
    imageFiles: list('overlay-images'),
    containerFiles: list('overlay-containers'),
  };
}
