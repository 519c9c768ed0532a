export type { Exit, ProcessIdentity } from './container/state.ts';
export type {
  AttachClient,
  AttachConnection,
  ContainerMonitor,
  ExitCommand,
  MonitorCreateRequest,
  MonitorExecRequest,
  MonitoredExec,
  MonitoredExit,
  MonitoredProcess,
  MonitorLog,
  MonitorPaths,
  TerminalSize,
} from './contracts/container-monitor.ts';
export type { Host, HostFacts, HostMount } from './contracts/host.ts';
export type { Image, ImageLookup, ImageStore } from './contracts/image-store.ts';
export type { ImageTransport, LoadedImage, LoadRequest } from './contracts/image-transport.ts';
export type { Lock, Locker } from './contracts/locker.ts';
export type {
  OciRuntime,
  OciRuntimeCapabilities,
  RuntimeCommandLine,
  RuntimeCommandOptions,
  RuntimeState,
} from './contracts/oci-runtime.ts';
export type { Rootfs, RootfsEntry, RootfsRequest, RootfsStorage, RootfsStorageCapabilities } from './contracts/rootfs-storage.ts';
export type {
  ExecSession,
  Intent,
  LastRun,
  LiveState,
  Reservation,
  StateStore,
  StoredContainer,
} from './contracts/state-store.ts';
export { type Usability, unusable, usable } from './contracts/usability.ts';
export {
  AlreadyExistsError,
  CorruptError,
  EngineError,
  type ErrorDetails,
  type ErrorKind,
  InUseError,
  InvalidArgumentError,
  InvalidStateError,
  NotFoundError,
  NotSupportedError,
  RuntimeFailedError,
  RuntimeStoppedError,
  UnavailableError,
  withUndoFailure,
} from './errors.ts';
export type { Device } from './oci/spec.ts';
export type { RootfsSource } from './container/config.ts';
export { generateId, isId } from './id.ts';
export type { ImageConfig, ImageRunConfig } from './oci/image-config.ts';
