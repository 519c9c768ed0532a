import type { IdMaps, IdMapsRequest } from './id-maps.ts';

/** What a new container may be given of the machine, and what is kept from it. Everything has podman's default. */
export interface IsolationOptions {
  /** A user namespace of its own. Conflicts with a joined one. Default: none. */
  readonly idMaps?: IdMapsRequest | undefined;
  readonly security?: SecurityOptions | undefined;
  /** Devices of the host. A privileged container has all of them, whatever is named here. */
  readonly devices?: readonly DeviceRequest[] | undefined;
  /** Devices of the Container Device Interface by their qualified names, as `vendor.com/class=name`. */
  readonly cdiDevices?: readonly string[] | undefined;
  /** Kernel parameters of the container's own namespaces: `kernel.shm*`, `kernel.msg*`, `kernel.sem`, `fs.mqueue.*`, `net.*`. */
  readonly sysctls?: Readonly<Record<string, string>> | undefined;
  /** More groups of the process, names or ids; or `keep-groups` alone: the groups of the engine's own process (crun only). */
  readonly groups?: readonly string[] | undefined;
  /** One to four octal digits. Default: the configuration's, `0022`. */
  readonly umask?: string | undefined;
  /** A zone of /usr/share/zoneinfo, or `local`: the host's. Default: the configuration's, else the image's. */
  readonly timezone?: string | undefined;
  /** Users of the host, names or ids, that get an entry in the container's passwd file. */
  readonly hostUsers?: readonly string[] | undefined;
  /** Whether a user without an entry in the container's passwd and group files gets one. Default: true. */
  readonly passwd?: boolean | undefined;
  /** Replaces that entry; `$USERNAME`, `$UID`, `$GID`, `$NAME` and `$HOME` are filled in. */
  readonly passwdEntry?: string | undefined;
  /** Whether what systemd needs is there as the first process. Default: `true`, when the command is an init system. */
  readonly systemd?: SystemdMode | undefined;
  /** Host path of the program that `init` uses. Default: the configuration's, else catatonit. */
  readonly initPath?: string | undefined;
  /** Execution domain, as `LINUX32`: see personality(2). */
  readonly personality?: string | undefined;
  /** Directories of the container that get the engine's /etc/hosts and /etc/resolv.conf, too. */
  readonly chrootDirectories?: readonly string[] | undefined;
  /** Where the default profile of system calls comes from: the machine, or the image's label. Default: `default`. */
  readonly seccompPolicy?: SeccompPolicy | undefined;
  /** Host file that gets the pid of the monitor. */
  readonly monitorPidFile?: string | undefined;
  /** Environment of the engine's own process that the container gets. Default: the configuration's, nothing. */
  readonly hostEnvironment?: boolean | undefined;
  /** Its proxy variables. Default: the configuration's, true. */
  readonly proxyEnvironment?: boolean | undefined;
  /** `NAME=TEXT` for variables of the image or configuration, with `$NAME` and `${NAME}` in the text filled in from these. */
  readonly environmentMerge?: readonly string[] | undefined;
  /** Variables of the image or configuration that the container does not get; `all` of them. */
  readonly unsetEnvironment?: readonly string[] | 'all' | undefined;
}

export type SystemdMode = 'true' | 'false' | 'always';
export type SeccompPolicy = 'default' | 'image';

export interface SecurityOptions {
  /** Path of a profile of system calls, or `unconfined`. Default: the configuration's; a privileged container has none. */
  readonly seccomp?: string | undefined;
  /** The process can't gain privileges by execve. Default: false. */
  readonly noNewPrivileges?: boolean | undefined;
  /** Paths hidden in addition. */
  readonly mask?: readonly string[] | undefined;
  /** Patterns (`/proc/*`) of paths that are neither hidden nor read-only; `ALL` for every one. */
  readonly unmask?: readonly string[] | undefined;
  /** Mount options of /proc, in place of the usual ones. */
  readonly procOptions?: readonly string[] | undefined;
  /** SELinux: `disable`, `user:U`, `role:R`, `type:T`, `level:L`, `filetype:T`. Without effect where there is no SELinux. */
  readonly labels?: readonly string[] | undefined;
  /** AppArmor profile, or `unconfined`. Default: the engine's own where AppArmor is enabled. */
  readonly apparmor?: string | undefined;
}

export interface DeviceRequest {
  /** A device node of the host, or a directory whose nodes are all meant. Symlinks are followed. */
  readonly source: string;
  /** Absolute. Default: as on the host. */
  readonly destination?: string | undefined;
  /** Out of `r`, `w`, `m`. Default: `rwm`. */
  readonly permissions?: string | undefined;
}

/** What later verbs and `inspect` need to know of these options; the rest is in the spec. Undefined: nothing of it was asked for. */
export interface IsolationConfig {
  readonly devices?: readonly InspectedDevice[] | undefined;
  /** Resolved at each start. */
  readonly cdiDevices?: readonly string[] | undefined;
  readonly timezone?: string | undefined;
  readonly hostUsers?: readonly string[] | undefined;
  readonly passwd?: false | undefined;
  readonly passwdEntry?: string | undefined;
  readonly chrootDirectories?: readonly string[] | undefined;
  readonly monitorPidFile?: string | undefined;
  /** Of its user namespace, also of one that it joins. */
  readonly idMaps?: IdMaps | undefined;
  /** The process is an init system, and podman tells so. */
  readonly systemd?: true | undefined;
}

export interface InspectedDevice {
  readonly source: string;
  readonly destination: string;
}
