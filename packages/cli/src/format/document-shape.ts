/** What podman's Go types have that its JSON does not tell: a template sees the types. */
export interface DocumentShape {
  /** Go's name of the type, for messages. */
  readonly type: string;
  /** Names of members whose values are maps with keys of the user's; all other objects are structs, of which an unknown field is an error. */
  readonly maps?: readonly string[];
  /** Names of members that are moments, and nanoseconds. */
  readonly times?: readonly string[];
  readonly durations?: readonly string[];
  /** Names of members whose null is a pointer to nothing; every other null is an empty list or map. */
  readonly pointers?: readonly string[];
  /** Go's names of the types of members. */
  readonly types?: Readonly<Record<string, string>>;
  /** Members that JSON leaves out or has under another name, by the name of the object; '': the document itself. */
  readonly more?: Readonly<Record<string, (value: Readonly<Record<string, unknown>>) => object>>;
}

/** The name of what is in a list that a map has, in `more`. */
export const listEntry = 'Entry';

const portBinding = ({ HostIp }: Readonly<Record<string, unknown>>) => (HostIp === undefined ? {} : { HostIP: HostIp });

const id = ({ Id }: Readonly<Record<string, unknown>>) => ({ ID: Id });

export const containerShape: DocumentShape = {
  type: 'interface {}',
  maps: [
    'Annotations',
    'CgroupConf',
    'Config.Volumes',
    'Data',
    'Labels',
    'LogConfig.Config',
    'Networks',
    'PortBindings',
    'Ports',
    'Tmpfs',
  ],
  times: ['Created', 'StartedAt', 'FinishedAt', 'CheckpointedAt', 'RestoredAt'],
  durations: ['Interval', 'Healthcheck.Timeout', 'StartPeriod'],
  pointers: ['SizeRw', 'MemorySwappiness', 'Healthcheck', 'IDMappings', 'IPAMConfig'],
  types: {
    State: '*define.InspectContainerState',
    Config: '*define.InspectContainerConfig',
    HostConfig: '*define.InspectContainerHostConfig',
    NetworkSettings: '*define.InspectNetworkSettings',
  },
  more: {
    '': (value) => ({ ...id(value), SizeRw: null, SizeRootFs: 0, OCIConfigPath: '' }),
    State: ({ Health }) => ({
      ...{ Healthcheck: Health, ConmonPid: 0, CgroupPath: '', Checkpointed: false, Restored: false },
      ...{ CheckpointLog: '', CheckpointPath: '', RestoreLog: '' },
    }),
    Config: ({ sdNotifyMode, sdNotifySocket = '' }) => ({
      SdNotifyMode: sdNotifyMode,
      SdNotifySocket: sdNotifySocket,
      Healthcheck: null,
      Secrets: null,
      Timezone: '',
      SystemdMode: false,
      ChrootDirs: null,
    }),
    Healthcheck: () => ({ Test: null, Interval: 0, Timeout: 0, StartPeriod: 0, Retries: 0 }),
    HostConfig: () => ({ IDMappings: null, Init: false }),
    [listEntry]: portBinding,
    NetworkSettings: () => ({ Networks: null, SecondaryIPAddresses: null, SecondaryIPv6Addresses: null }),
  },
};

export const imageShape: DocumentShape = {
  type: 'interface {}',
  maps: ['Annotations', 'Data', 'ExposedPorts', 'Labels', 'Volumes'],
  times: ['Created', 'created'],
  durations: ['Interval', 'Timeout', 'StartPeriod'],
  pointers: ['Healthcheck', 'HealthCheck', 'RootFS', 'GraphDriver', 'Config'],
  more: {
    '': (value) => ({ ...id(value), HealthCheck: value.Healthcheck ?? null }),
    Config: () => ({
      ...{ User: '', ExposedPorts: null, Env: null, Entrypoint: null, Cmd: null },
      ...{ Volumes: null, WorkingDir: '', Labels: null, StopSignal: '' },
    }),
    History: ({ created, created_by, author = '', comment = '', empty_layer = false }) => ({
      ...{ Created: created, CreatedBy: created_by ?? '', Author: author, Comment: comment, EmptyLayer: empty_layer },
    }),
    Healthcheck: () => ({ Test: null, Interval: 0, Timeout: 0, StartPeriod: 0, Retries: 0 }),
  },
};

export const podShape: DocumentShape = {
  type: 'interface {}',
  maps: ['Labels', 'PortBindings', 'NetworkOptions'],
  times: ['Created'],
  pointers: ['InfraConfig', 'StaticIP'],
  more: {
    '': (value) => ({ ...id(value), Namespace: '', InfraConfig: null }),
    Containers: id,
    [listEntry]: portBinding,
    InfraConfig: ({ pid_ns = '', userns = '', uts_ns = '' }) => ({ PidNS: pid_ns, UserNS: userns, UtsNS: uts_ns }),
  },
};

export const volumeShape: DocumentShape = {
  type: 'interface {}',
  maps: ['Labels', 'Options', 'Status'],
  times: ['CreatedAt'],
  more: {
    '': () => ({ UID: 0, GID: 0, Anonymous: false, NeedsCopyUp: false, NeedsChown: false, Timeout: 0, Status: null }),
  },
};

export const networkShape: DocumentShape = {
  type: 'interface {}',
  maps: ['Labels', 'Options', 'IPAMOptions'],
  times: ['Created'],
  pointers: ['LeaseRange'],
};
