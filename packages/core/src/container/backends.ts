import type { OciRuntime } from '../contracts/oci-runtime.ts';
import type { RootfsStorage } from '../contracts/rootfs-storage.ts';
import { UnavailableError } from '../errors.ts';
import type { RuntimeParts } from '../runtime/parts.ts';
import type { ContainerConfig } from './config.ts';

/** The storage that a container was made with. @throws {UnavailableError} `missing-backend` */
export function storageOf(parts: RuntimeParts, config: ContainerConfig): RootfsStorage {
  return storageNamed(parts, config.storage, config.id);
}

/** The storage with this name. @throws {UnavailableError} `missing-backend` */
export function storageNamed(parts: RuntimeParts, name: string, containerId: string): RootfsStorage {
  const storage = parts.storages.find((candidate) => candidate.name === name);
  if (storage === undefined) throw missing('storage', name, containerId);
  return storage;
}

/** The OCI runtime that a container was made with. @throws {UnavailableError} `missing-backend` */
export function runtimeOf(parts: RuntimeParts, config: ContainerConfig): OciRuntime {
  const runtime = parts.runtimeNamed(config.runtime);
  if (runtime === undefined) throw missing('OCI runtime', config.runtime, config.id);
  return runtime;
}

function missing(role: string, name: string, id: string): UnavailableError {
  return new UnavailableError(`container ${id} was made with the ${role} "${name}", which is not configured`, {
    code: 'missing-backend',
    hint: `configure the ${role} "${name}" again, or remove the container with the configuration that has it`,
  });
}
