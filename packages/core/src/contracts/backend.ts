import type { Host } from './host.ts';
import type { ImageStore } from './image-store.ts';
import type { OciRuntime } from './oci-runtime.ts';
import type { RootfsStorage } from './rootfs-storage.ts';

/**
 * What a package of somebody else's exports, under the name `backend`, so that an engine can load it by its path:
 *
 * ```ts
 * export const backend: Backend<'runtime'> = { specVersion: 'v1', role: 'runtime', name: 'runsc', create: createRunsc };
 * ```
 *
 * `create` has the shape of every factory of ours: settings, then what it may use. It looks at nothing and makes nothing; whether
 * the backend works here is what `probe` of the result answers.
 *
 * Compatibility: `specVersion` is the version of the contract that the package was written for. Within `v1` an interface gets new
 * members only as optional ones, with a default in their documentation, and what exists keeps its meaning. What would break a
 * backend comes as `v2`, which an engine understands beside `v1` for at least one minor version.
 */
export interface Backend<Role extends BackendRole = BackendRole> {
  readonly specVersion: 'v1';
  readonly role: Role;
  /** What flags, configuration and records call it: letters, digits, dots, hyphens and underscores. What it makes has the same name. */
  readonly name: string;
  create(settings: BackendRoles[Role]['settings'], deps: BackendRoles[Role]['dependencies']): BackendRoles[Role]['backend'];
}

/** What a backend gets and gives, by its role. */
export interface BackendRoles {
  readonly runtime: {
    readonly settings: RuntimeBackendSettings;
    readonly dependencies: { readonly host: Pick<Host, 'facts'> };
    readonly backend: OciRuntime;
  };
  readonly storage: {
    readonly settings: StorageBackendSettings;
    readonly dependencies: {
      readonly images: Pick<ImageStore, 'lookup' | 'mount' | 'unmount'>;
      readonly host: Pick<Host, 'mount' | 'unmount' | 'isMountPoint'>;
    };
    readonly backend: RootfsStorage;
  };
}

export type BackendRole = keyof BackendRoles;

export interface RuntimeBackendSettings {
  /** Executables to look for, the first existing one counts: containers.conf's `[engine.runtimes]`. Undefined: none is configured. */
  readonly paths?: readonly string[] | undefined;
  /** Cgroups are made by systemd. */
  readonly systemdCgroup: boolean;
  /** `--runtime-flag`: global arguments for every call. */
  readonly extraArguments: readonly string[];
}

export interface StorageBackendSettings {
  /** Absolute. What survives a reboot goes below `<graphRoot>/tspod/<name of the backend>`. */
  readonly graphRoot: string;
  /** Absolute, on tmpfs. What must not survive one goes below `<runRoot>/tspod/<name of the backend>`. */
  readonly runRoot: string;
  /** `--storage-opt NAME.KEY=VALUE` and the like, without the backend's name in front: `KEY=VALUE`. */
  readonly options: readonly string[];
}
