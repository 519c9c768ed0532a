import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { busybox, type CommandResult, type Store } from './store.ts';

export interface SharedWork {
  /** How often each program was called. */
  readonly calls: Readonly<Record<string, number>>;
  /** Calls that failed for another reason than the work of the others. */
  readonly failures: readonly string[];
}

type Act = (word: string) => Promise<CommandResult>;

/**
 * For a time tspod, podman and buildah make and remove containers and images of one store at once, each of them its own. Nothing that
 * one does may make another one fail.
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
  const workers: Readonly<Record<string, readonly Act[]>> = {
    'tspod containers': [
      tspod('run', '--network', 'none', '--name', 'NAME', busybox, 'sh', '-c', 'echo NAME > /file'),
      tspod('commit', '-q', 'NAME', 'localhost/NAME'),
      tspod('run', '--rm', '--network', 'none', 'localhost/NAME', 'cat', '/file'),
      tspod('rm', 'NAME'),
      tspod('rmi', 'localhost/NAME'),
    ],
    'tspod names': [
      tspod('tag', busybox, 'localhost/NAME:1'),
      tspod('images'),
      tspod('create', '--name', 'NAME', 'localhost/NAME:1', 'true'),
      tspod('image', 'inspect', 'localhost/NAME:1'),
      tspod('rm', 'NAME'),
      tspod('untag', busybox, 'localhost/NAME:1'),
    ],
    podman: [
      podman('create', '--network', 'none', '--name', 'NAME', busybox, 'true'),
      podman('commit', '-q', 'NAME', 'localhost/NAME'),
      podman('run', '--rm', '--network', 'none', 'localhost/NAME', 'true'),
      podman('rm', 'NAME'),
      podman('rmi', 'localhost/NAME'),
    ],
    buildah: [
      buildah('from', '--pull-never', '--name', 'NAME', busybox),
      buildah('copy', 'NAME', '/etc/hostname', '/copied'),
      buildah('commit', '--rm', 'NAME', 'localhost/NAME'),
      buildah('rmi', 'localhost/NAME'),
    ],
  };
  const deadline = performance.now() + milliseconds;
  const calls: Record<string, number> = {};
  const failures: string[] = [];
  const work = async ([name, acts]: [string, readonly Act[]]) => {
    calls[name] = 0;
    while (performance.now() < deadline) {
      const word = `n${randomBytes(6).toString('hex')}`;
      for (const act of acts) {
        const { exitCode, stderr } = await act(word);
        calls[name] = (calls[name] ?? 0) + 1;
        if (exitCode !== 0) failures.push(`${name}: ${exitCode} ${stderr}`);
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
