// The container model

// What front ends parse and print with
export { defaultCapabilities } from './capabilities.ts';
export type {
  ChosenNamespace,
  ContainerConfig,
  JoinedNamespace,
  LogDriver,
  NamespaceMode,
  NetworkMode,
  RestartPolicy,
  RootfsSource,
  UserMount,
} from './container/config.ts';
export { Container, type StartOptions } from './container/container.ts';
export type { CreateContainerOptions, MountRequest } from './container/create-options.ts';
export type { ContainerExecSession, SessionWaitOptions } from './container/exec-session.ts';
export { type ContainerFilters, parseFilters } from './container/filters.ts';
export type { ContainerInspect } from './container/inspect.ts';
export type { ExecSessionInspect } from './container/inspect-session.ts';
export type { AttachHandle, AttachOptions, AttachOutcome, ExecOptions } from './container/io.ts';
export type { LogOptions } from './container/logs.ts';
export { parseRestartPolicy } from './container/restart-policy.ts';
export type { RootSizes } from './container/sizes.ts';
export {
  type ContainerEvent,
  type ContainerState,
  type ContainerStatus,
  displayStatus,
  type Exit,
  isAlive,
  type ProcessIdentity,
  transition,
} from './container/state.ts';
export type { AttachUrlOptions, ExecUrlOptions } from './container/stream-urls.ts';
export type { ContainerSummary } from './container/summary.ts';
export type { CommitOptions } from './container/verbs/commit.ts';
export type { CopyOptions, CopySide, CopySource, CopyTarget } from './container/verbs/copy.ts';
export type { ExecHandle } from './container/verbs/exec.ts';
export type { RemoveOptions } from './container/verbs/remove.ts';
export type { StopOptions } from './container/verbs/stop.ts';
export type { WaitOptions } from './container/verbs/wait.ts';
// What backends implement
export type {
  Backend,
  BackendRole,
  BackendRoles,
  RuntimeBackendSettings,
  StorageBackendSettings,
} from './contracts/backend.ts';
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
export type { EngineEvent, EventAction, EventLog, EventReadOptions, EventType } from './contracts/event-log.ts';
export type { FileChange } from './contracts/file-changes.ts';
export type { FileStatus, FileTree, FileTrees, PackFiles, UnpackFiles } from './contracts/file-trees.ts';
export type { Host, HostFacts, HostMount, SystemdScope } from './contracts/host.ts';
export type { BuildFlag, BuildRequest, BuiltImage, ImageBuilder } from './contracts/image-builder.ts';
export type { ImageData, ImageDocuments, ImageMaker, LayerContent, NewImage } from './contracts/image-maker.ts';
export type { Image, ImageLayer, ImageLookup, ImageMount, ImageStore } from './contracts/image-store.ts';
export type {
  BlobProgress,
  Credentials,
  ImageTransport,
  LoadedImage,
  LoadRequest,
  LoginRequest,
  LogoutRequest,
  ManifestListPart,
  ManifestListPush,
  Platform,
  PullRequest,
  PushRequest,
  RegistryAccess,
  RemoteImage,
  RemoteRequest,
  SaveSeveralRequest,
  SearchRequest,
  SearchResult,
  TransferOptions,
} from './contracts/image-transport.ts';
export type { Lock, Locker, LockOptions } from './contracts/locker.ts';
export type {
  CompiledSeccomp,
  OciRuntime,
  OciRuntimeCapabilities,
  RuntimeCommandLine,
  RuntimeCommandOptions,
  RuntimeState,
} from './contracts/oci-runtime.ts';
export type { Rootfs, RootfsEntry, RootfsRequest, RootfsStorage, RootfsStorageCapabilities } from './contracts/rootfs-storage.ts';
export type { NewSecret, Secret, SecretStore } from './contracts/secret-store.ts';
export type {
  ExecSession,
  Intent,
  LastRun,
  LiveState,
  PodReservation,
  Reservation,
  StateStore,
  StoredContainer,
  StoredPod,
  StoredVolume,
  VolumeFlags,
  VolumeReservation,
} from './contracts/state-store.ts';
export type {
  OfferedSession,
  OfferOptions,
  OpenedSession,
  StreamClient,
  StreamService,
  StreamTicket,
} from './contracts/stream-service.ts';
export { type Usability, unusable, usable } from './contracts/usability.ts';
export type { VolumeDriver, VolumeRequest, VolumeTraits } from './contracts/volume-driver.ts';
export { parseDetachKeys } from './detach-keys.ts';
export { humanDuration, parseDuration, parseTime } from './durations.ts';
export { type HostEnvironment, parseEnvironment, parseEnvironmentFile } from './environment.ts';
// Errors
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
export { executableUsability, executableVersion, firstExecutable } from './executable.ts';
export { cannotInvoke, engineFailure, exitCodeOf, notFound } from './exit-code.ts';
export { checkName, generateId, isId, shortId } from './id.ts';
export type { ImageFormat } from './images/documents.ts';
export type { ImportOptions } from './images/import.ts';
export type { HistoryEntry, LayerNode } from './images/layer-tree.ts';
export type { ListEntry, ManifestList, ManifestLists } from './images/manifest-lists.ts';
export type { LogEntry } from './log-lines.ts';
export type { ImageConfig, ImageHistory, ImageRunConfig } from './oci/image-config.ts';
export { runtimeMessage } from './oci/runtime-message.ts';
export type { Device, Mount, Process, Spec } from './oci/spec.ts';
export type { PodConfig, PodExitPolicy, SharedNamespace } from './pod/config.ts';
export type { CreatePodOptions } from './pod/create-options.ts';
export { PodFailedError } from './pod/errors.ts';
export type { PodFilters } from './pod/filters.ts';
export type { PodInspect } from './pod/inspect.ts';
export type { Pod } from './pod/pod.ts';
export type { PodStatus } from './pod/status.ts';
export type { PodSummary } from './pod/summary.ts';
export { randomBytes } from './random.ts';
export { normaliseReference } from './reference.ts';
export type { EventFilters } from './runtime/event-filters.ts';
// The runtime
export { eventMilliseconds, eventTime } from './runtime/events.ts';
export type { ImageTree, PruneImagesOptions, RuntimeImages } from './runtime/images.ts';
export type { RuntimeInfo } from './runtime/info.ts';
export { type ImageInspect, repositoryOf } from './runtime/inspect-image.ts';
export type { ContainerDefaults, ExitTarget, Log, LogLevel, Places, RuntimeParts } from './runtime/parts.ts';
export type { PrunedContainer } from './runtime/prune-containers.ts';
export type { PrunedPod } from './runtime/prune-pods.ts';
export { type PullOptions, type PullPolicy, parsePullPolicy } from './runtime/pull-image.ts';
export type { PushOptions } from './runtime/push-image.ts';
export type { EventOptions } from './runtime/read-events.ts';
export type { LoginOptions } from './runtime/registry-login.ts';
export type { RemoveContainersOptions, RemovedContainer } from './runtime/remove-containers.ts';
export { type ListOptions, Runtime } from './runtime/runtime.ts';
export type { SaveFormat, SaveOptions } from './runtime/save-images.ts';
export type { FoundImage, SearchOptions } from './runtime/search-images.ts';
export type { RuntimeSecrets, SecretFilters, SecretSummary } from './runtime/secrets.ts';
export type { Considered } from './runtime/selection.ts';
export type { RuntimeVolumes } from './runtime/volumes.ts';
export { checkSecretName } from './secret-name.ts';
export { type Outcome, settleEach } from './settle-each.ts';
export { parseSignal, signalName } from './signals.ts';
export type { VolumeConfig } from './volume/config.ts';
export type { CreateVolumeOptions } from './volume/create.ts';
export type { VolumeFilters } from './volume/filters.ts';
export type { PrunedVolume } from './volume/operations.ts';
export type { RemoveVolumeOptions } from './volume/remove-with-users.ts';
export { inspectVolume, type VolumeInspect, type VolumeSummary } from './volume/summary.ts';
export { parseTmpfs, parseVolume } from './volumes.ts';
