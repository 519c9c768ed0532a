import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { InvalidStateError } from '../errors.ts';
import type { NamespaceType, Spec } from '../oci/spec.ts';
import type { RuntimeParts } from '../runtime/parts.ts';
import { joinedContainer, joinNamespaces, withSharedMemory } from '../spec/namespaces.ts';
import type { ContainerConfig } from './config.ts';
import { noSuchContainer } from './no-such-container.ts';
import { refresh } from './refresh.ts';
import { displayStatus, isAlive, type ProcessIdentity } from './state.ts';

/** Files of a process's namespaces, by their OCI names. */
const files: Readonly<Record<'network' | 'ipc' | 'pid' | 'uts' | 'cgroup' | 'user', string>> = {
  network: 'net',
  ipc: 'ipc',
  pid: 'pid',
  uts: 'uts',
  cgroup: 'cgroup',
  user: 'user',
};

/**
 * The running spec with the namespaces of the containers that the config names, whose processes must be there; with their shared memory
 * mounted in the run directory.
 *
 * @throws {InvalidStateError} `dependency-not-running`
 */
export async function withJoinedNamespaces(
  parts: RuntimeParts,
  config: ContainerConfig,
  spec: Spec,
  runDir: string,
): Promise<Spec> {
  const joined: Partial<Record<NamespaceType, string>> = {};
  let mounts = spec.mounts ?? [];
  for (const [type, mode] of Object.entries({ ...config.namespaces, network: config.network })) {
    const id = joinedContainer(mode);
    if (id === undefined) continue;
    const process = await processOf(parts, config, id);
    joined[type as keyof typeof files] = `/proc/${process.pid}/ns/${files[type as keyof typeof files]}`;
    if (type !== 'ipc') continue;
    const target = sharedMemoryMount(runDir);
    mkdirSync(target, { recursive: true });
    await parts.host.cloneMount(process, '/dev/shm', target);
    mounts = withSharedMemory(mounts, target);
  }
  return { ...spec, mounts, ...(spec.linux && { linux: joinNamespaces(spec.linux, joined) }) };
}

/** Takes away what `withJoinedNamespaces` mounted. Idempotent. */
export async function unmountSharedMemory(parts: RuntimeParts, config: ContainerConfig, runDir: string): Promise<void> {
  if (joinedContainer(config.namespaces?.ipc) !== undefined) await parts.host.unmount(sharedMemoryMount(runDir));
}

function sharedMemoryMount(runDir: string): string {
  return join(runDir, 'shm');
}

async function processOf(parts: RuntimeParts, config: ContainerConfig, id: string): Promise<ProcessIdentity> {
  const stored = await parts.state.container(id);
  if (stored === undefined) throw noSuchContainer(id);
  const { state } = await refresh(parts, stored);
  if (isAlive(state)) return state.process;
  throw new InvalidStateError(
    `container ${config.id} uses a namespace of container ${id}, which is ${displayStatus(state)}: container state improper`,
    { code: 'dependency-not-running', actual: state.status, allowed: ['created', 'running', 'paused'] },
  );
}
