/**
 * What the configuration files of the machine say, merged. Where podman derives a default from the machine, the value is
 * `undefined` when no file names one: reading files is this package's business, probing is not.
 */
export interface Configuration {
  readonly engine: EngineConfiguration;
  readonly containers: ContainersConfiguration;
  readonly network: NetworkConfiguration;
  readonly storage: StorageConfiguration;
  readonly registries: RegistriesConfiguration;
  readonly defaults: DefaultBackends;
  readonly backends: OutsideBackends;
  /** Every file that was read, in order. */
  readonly files: readonly string[];
  /** Where each value that is not a default was found last, by dotted key: `engine.runtime` → `/etc/containers/containers.conf`. */
  readonly origins: ReadonlyMap<string, string>;
}

/** containers.conf, `[engine]`. */
export interface EngineConfiguration {
  /** `runtime`: a name in `runtimes`, or an absolute path. */
  readonly runtime: string | undefined;
  /** `runtimes`: paths by name, the first existing one counts. Podman's own lists, replaced name by name. */
  readonly runtimes: Readonly<Record<string, readonly string[]>>;
  /** `conmon_path`: candidates, the first existing one counts. Undefined: where the monitor looks by itself. */
  readonly conmonPaths: readonly string[] | undefined;
  /** `conmon_env_vars`: `NAME=value` each. */
  readonly conmonEnvironment: readonly string[];
  readonly cgroupManager: 'cgroupfs' | 'systemd' | undefined;
  /** `stop_timeout`, seconds. Default 10. */
  readonly stopTimeout: number;
  /** `detach_keys`. Default `ctrl-p,ctrl-q`; empty: detaching is off. */
  readonly detachKeys: string;
  readonly noPivotRoot: boolean;
  /** `hooks_dir`: directories of OCI hooks. */
  readonly hooksDirectories: readonly string[];
  /** `cdi_spec_dirs`: where devices of the Container Device Interface are described. */
  readonly cdiDirectories: readonly string[];
  /** `volume_path`: where volumes' data is kept. */
  readonly volumePath: string | undefined;
  /** `network_cmd_path`: slirp4netns. Undefined: the one in PATH. */
  readonly networkCommand: string | undefined;
  /** `network_cmd_options`: of slirp4netns, as `mtu=1500`. */
  readonly networkCommandOptions: readonly string[];
  /** `helper_binaries_dir`: where programs of the engine are looked for. */
  readonly helperBinariesDirectories: readonly string[];
}

/** containers.conf, `[containers]`. */
export interface ContainersConfiguration {
  /** `default_capabilities`, with or without `CAP_`. */
  readonly capabilities: readonly string[];
  /** `default_sysctls`, by name. */
  readonly sysctls: Readonly<Record<string, string>>;
  /** `default_ulimits`: `nofile=1024:2048` each. */
  readonly ulimits: readonly string[];
  /** `env`: `NAME=value` each. */
  readonly environment: readonly string[];
  /** `env_host`: give containers the engine's environment. */
  readonly hostEnvironment: boolean;
  /** `http_proxy`: give containers the engine's proxy variables. Default true. */
  readonly proxyEnvironment: boolean;
  readonly annotations: Readonly<Record<string, string>>;
  readonly logDriver: 'k8s-file' | 'json-file' | 'journald' | 'none' | 'passthrough' | undefined;
  /** `log_size_max`, bytes; undefined: no limit. */
  readonly logSizeMax: number | undefined;
  /** `pids_limit`; 0: no limit. Default 2048. */
  readonly pidsLimit: number;
  /** Path of a profile, or `unconfined`. Default: the machine's own in `/etc/containers` if there is one, else the distribution's. */
  readonly seccompProfile: string;
  /** `apparmor_profile`: its name, or `unconfined`; empty: the engine's own. */
  readonly apparmorProfile: string;
  /** `shm_size`, bytes. Default 65,536,000. */
  readonly shmSize: number;
  /** `tz`: a zone, or `local`; undefined: the image's. */
  readonly timezone: string | undefined;
  /** Octal digits. Default `0022`. */
  readonly umask: string;
  readonly init: boolean;
  /** `init_path`; also read from `[engine]`, where newer podman has it. Undefined: `catatonit` in the helper directories. */
  readonly initPath: string | undefined;
  /** `label`: separate containers by SELinux labels where the machine has SELinux. Default true. */
  readonly label: boolean;
  readonly cgroups: 'enabled' | 'disabled' | 'no-conmon' | undefined;
  /** `cgroupns`, `ipcns`, `pidns`, `utsns`; undefined: podman's own choice. */
  readonly namespaces: {
    readonly cgroup: 'private' | 'host' | undefined;
    readonly ipc: 'private' | 'host' | 'shareable' | 'none' | undefined;
    readonly pid: 'private' | 'host' | undefined;
    readonly uts: 'private' | 'host' | undefined;
  };
  /** `devices`: `PATH[:PATH[:PERMISSIONS]]` each. */
  readonly devices: readonly string[];
  /** `volumes`: as `-v` takes them. */
  readonly volumes: readonly string[];
  /** `no_hosts`: make no hosts file. */
  readonly noHosts: boolean;
  /** `base_hosts_file`: an absolute path, `image` or `none`; undefined: `/etc/hosts`. */
  readonly baseHostsFile: string | undefined;
  /** `host_containers_internal_ip`: an address, or `none`; undefined: that of the network. */
  readonly hostAddress: string | undefined;
  /** `log_tag`. */
  readonly logTag: string | undefined;
  readonly networkNamespace: string | undefined;
  readonly dnsServers: readonly string[];
  readonly dnsSearches: readonly string[];
  readonly dnsOptions: readonly string[];
}

/** containers.conf, `[network]`. */
export interface NetworkConfiguration {
  /** `network_config_dir`. Default `/etc/containers/networks`. */
  readonly configDirectory: string;
  /** `default_network`. Default `podman`. */
  readonly defaultNetwork: string;
  /** `default_subnet`. Default `10.88.0.0/16`. */
  readonly defaultSubnet: string;
  /** `default_subnet_pools`. */
  readonly subnetPools: readonly SubnetPool[];
  /** `dns_bind_port`; undefined: 53. */
  readonly dnsPort: number | undefined;
}

export interface SubnetPool {
  readonly base: string;
  /** Prefix length. */
  readonly size: number;
}

/** storage.conf and its environment variables. */
export interface StorageConfiguration {
  readonly driver: string | undefined;
  /** Default `/var/lib/containers/storage`; without root `$XDG_DATA_HOME/containers/storage`. */
  readonly graphRoot: string;
  /** Default `/run/containers/storage`; without root `$XDG_RUNTIME_DIR/containers`. */
  readonly runRoot: string;
  /**
   * As `--storage-opt` takes them: `overlay.mountopt=nodev`, `overlay.imagestore=/srv/images`. Podman drops them all when its
   * command line names another graph root or a driver, and replaces them all by the `--storage-opt`s that it is given.
   */
  readonly options: readonly string[];
}

/** registries.conf: what resolving short names needs. */
export interface RegistriesConfiguration {
  readonly searchRegistries: readonly string[];
  /** Short name → reference without a tag. */
  readonly aliases: Readonly<Record<string, string>>;
  readonly shortNameMode: 'enforcing' | 'permissive' | 'disabled';
  /** The file that names the search registries, and those that have the aliases, by alias. */
  readonly sources: { readonly searchRegistries: string | undefined; readonly aliases: Readonly<Record<string, string>> };
  /** Locations and prefixes of `[[registry]]` tables with `insecure = true`. */
  readonly insecure: readonly string[];
}

/** tspod.conf, `[defaults]`: names of the backends that new containers use. Undefined: the first usable. */
export interface DefaultBackends {
  readonly storage: string | undefined;
  readonly runtime: string | undefined;
  readonly monitor: string | undefined;
}

/** tspod.conf, `[backends]`: packages of others. */
export interface OutsideBackends {
  /** `directory`: where packages are looked for by their name. Default `/usr/local/lib/tspod/node_modules`. */
  readonly directory: string;
  /** `load`: names in that directory, or absolute paths. */
  readonly load: readonly string[];
}
