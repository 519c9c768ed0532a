import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { RemoveOptions } from '../container/verbs/remove.ts';
import { InUseError } from '../errors.ts';
import { externalContainers } from './external-containers.ts';
import type { RuntimeImages } from './images.ts';
import type { RuntimeNetworks } from './networks.ts';
import type { RuntimeParts } from './parts.ts';
import type { RemoveContainersOptions, RemovedContainer } from './remove-containers.ts';
import type { RuntimeSecrets } from './secrets.ts';
import type { RuntimeVolumes } from './volumes.ts';

/** The part of a `Runtime` that empties its store. */
interface Emptying {
  readonly images: RuntimeImages;
  readonly networks: RuntimeNetworks;
  readonly secrets: RuntimeSecrets;
  readonly volumes: RuntimeVolumes;
  removeContainers(containers: 'all', options: RemoveContainersOptions): Promise<RemovedContainer[]>;
  listPods(): Promise<readonly { readonly id: string }[]>;
  removePod(id: string, options: RemoveOptions): Promise<string>;
}

/**
 * Removes every pod, container, volume, secret and image, and the networks that no container of the store uses.
 * @throws {InUseError} `foreign-containers` before anything is done, when other programs have containers in the store; AggregateError of what
 * could not be removed, after the rest was.
 */
export async function emptyStore(runtime: Emptying, parts: RuntimeParts): Promise<void> {
  const foreign = await externalContainers(parts);
  if (foreign.length > 0) {
    const ids = foreign.map(({ id }) => id);
    throw new InUseError(
      `the store has containers of other programs: ${foreign.map(({ names, id }) => names[0] ?? id).join(', ')}`,
      {
        code: 'foreign-containers',
        hint: 'remove them with the program that made them (podman rm, buildah rm), or with rm --force, first',
        users: ids,
      },
    );
  }
  const failures: unknown[] = [];
  const attempt = async (act: () => Promise<unknown>) => {
    try {
      await act();
    } catch (error) {
      failures.push(error);
    }
  };
  for (const { failure } of await runtime.removeContainers('all', { force: true, timeout: 0, dependents: true })) {
    if (failure !== undefined) failures.push(failure);
  }
  for (const { id } of await runtime.listPods()) await attempt(() => runtime.removePod(id, { force: true, timeout: 0 }));
  if (parts.networks !== undefined)
    for (const { failure } of await runtime.networks.prune()) if (failure !== undefined) failures.push(failure);
  for (const { name } of await runtime.volumes.list()) await attempt(() => runtime.volumes.remove(name, { force: true }));
  for (const { id } of await runtime.secrets.list()) await attempt(() => runtime.secrets.remove(id));
  for (const { id } of await runtime.images.mounts()) await attempt(() => runtime.images.unmount(id, { force: true }));
  for (const { id } of await runtime.images.list()) await attempt(() => runtime.images.remove(id, { force: true }));
  if (failures.length > 0) throw new AggregateError(failures, 'what could not be removed keeps the store from being reset');
}

/** What the engine and containers/storage keep in their directories. */
const ours = {
  graphRoot: [
    ...['tspod', 'overlay', 'overlay-containers', 'overlay-images', 'overlay-layers', 'mounts', 'tmp', 'storage.lock'],
    ...['userns.lock', 'cache', 'defaultNetworkBackend'],
  ],
  runRoot: ['tspod', 'overlay', 'overlay-containers', 'overlay-layers', 'overlay-locks'],
} as const;

/** Removes the directories of an empty store that is closed; whatever else lies in them stays. */
export async function removeStoreDirectories({ places, host }: RuntimeParts): Promise<void> {
  for (const [directory, names] of [
    [places.graphRoot, ours.graphRoot],
    [places.runRoot, ours.runRoot],
  ] as const) {
    for (const target of mountsBelow(directory)) await host.unmount(target);
    for (const name of names) await rm(join(directory, name), { recursive: true, force: true });
    if (existsSync(directory) && readdirSync(directory).length === 0) await rmdir(directory);
  }
}

/** Innermost first. */
function mountsBelow(directory: string): string[] {
  const targets = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) =>
      (line.split(' ')[4] ?? '').replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8))),
    );
  return targets.filter((target) => target.startsWith(`${directory}/`)).reverse();
}
