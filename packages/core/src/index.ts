// The container model

// What front ends parse and print with
export { defaultCapabilities } from './capabilities.ts';
export { kernelCapabilities } from './capability-names.ts';
export { splitCommaList } from './comma-list.ts';
export type { CheckpointCompression } from './container/checkpoint/archive.ts';
export type { CheckpointReport } from './container/checkpoint/report.ts';
export type { CriuStatistics } from './container/checkpoint/statistics.ts';
export type {
  ChosenNamespace,
  ContainerConfig,
  JoinedNamespace,
  LogDriver,
  NamespaceMode,
  NetworkMode,
  NotifyMode,
  RestartPolicy,
  RootfsSource,
  UserMount,
} from './container/config.ts';
export { logDrivers } from './container/config.ts';
export { type CleanupOptions, Container, type StartOptions } from './container/container.ts';
export type { CreateContainerOptions } from './container/create-options.ts';
export type { ContainerExecSession, SessionWaitOptions } from './container/exec-session.ts';
export { type ContainerFilters, parseFilters } from './container/filters.ts';
export type { ContainerInspect } from './container/inspect.ts';
export type { ExecSessionInspect } from './container/inspect-session.ts';
export type { AttachHandle, AttachOptions, AttachOutcome, ExecOptions } from './container/io.ts';
export type { LogOptions } from './container/logs.ts';
export { unlessGone } from './container/no-such-container.ts';
export type { NotifyOptions } from './container/notify.ts';
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
export type { ContainerStats, StatsOptions } from './container/stats.ts';
export type { AttachUrlOptions, ExecUrlOptions } from './container/stream-urls.ts';
export type { ContainerSummary } from './container/summary.ts';
export { descriptorNames, type ProcessTable } from './container/top/descriptors.ts';
export { goDuration } from './container/top/go-duration.ts';
export type { CheckpointOptions } from './container/verbs/checkpoint.ts';
export type { CloneOptions } from './container/verbs/clone.ts';
export type { CommitOptions } from './container/verbs/commit.ts';
export type { CopyOptions, CopySide, CopySource, CopyTarget } from './container/verbs/copy.ts';
export type { ExecHandle } from './container/verbs/exec.ts';
export type { RemoveOptions } from './container/verbs/remove.ts';
export type { RestoreOptions } from './container/verbs/restore.ts';
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
  JournalReadOptions,
  MonitorCreateRequest,
  MonitorExecRequest,
  MonitoredExec,
  MonitoredExit,
  MonitoredProcess,
  MonitorLog,
  MonitorPaths,
  MonitorRestore,
  TerminalSize,
} from './contracts/container-monitor.ts';
export type { EngineEvent, EventAction, EventLog, EventReadOptions, EventType } from './contracts/event-log.ts';
export type { FileChange } from './contracts/file-changes.ts';
export type { FileStatus, FileTree, FileTrees, PackFiles, UnpackFiles } from './contracts/file-trees.ts';
export type { HealthScheduler } from './contracts/health-scheduler.ts';
export type {
  CgroupUsage,
  Host,
  HostDevices,
  HostFacts,
  HostMount,
  LimitSupport,
  NetworkUsage,
  ProcessDetails,
  SelinuxContexts,
  SystemdScope,
} from './contracts/host.ts';
export type { BuildFlag, BuildRequest, BuiltImage, ImageBuilder } from './contracts/image-builder.ts';
export type { ImageData, ImageDocuments, ImageMaker, LayerContent, NewImage } from './contracts/image-maker.ts';
export type {
  GraphDriver,
  Image,
  ImageLayer,
  ImageLookup,
  ImageMount,
  ImageStore,
  OpenedImageTree,
} from './contracts/image-store.ts';
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
  SignRequest,
  TransferOptions,
} from './contracts/image-transport.ts';
export type { Lock, Locker, LockOptions } from './contracts/locker.ts';
export type {
  JoinedAddress,
  JoinedNetwork,
  JoinedSandbox,
  Network,
  NetworkAttachment,
  NetworkDefinition,
  NetworkRequest,
  PortMapping,
  Sandbox,
  Sandboxes,
  SandboxRequest,
  Subnet,
  SubnetRequest,
} from './contracts/network.ts';
export type {
  CheckpointRequest,
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
export type { StoreCheckRequest, StoreProblem } from './contracts/store-check.ts';
export type {
  OfferedSession,
  OfferOptions,
  OpenedSession,
  StreamClient,
  StreamService,
  StreamTicket,
} from './contracts/stream-service.ts';
export { type Usability, unusable, usable } from './contracts/usability.ts';
export type { UserMode, UserModeNetwork, UserModeProgram, UserModeRequest } from './contracts/user-mode-network.ts';
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
  unlessMissing,
  withUndoFailure,
} from './errors.ts';
export { executableUsability, executableVersion, firstExecutable } from './executable.ts';
export { cannotInvoke, engineFailure, exitCodeOf, notFound } from './exit-code.ts';
export { type ExpansionLimit, exceedsExpansion, expansionError, expansionLimit } from './expansion-limit.ts';
export { checkName, generateId, isId, shortId } from './id.ts';
export type { ImageFormat } from './images/documents.ts';
export type { ImageFilters } from './images/image-filter.ts';
export type { ImportOptions } from './images/import.ts';
export type { HistoryEntry, LayerNode } from './images/layer-tree.ts';
export type { AddOptions, ManifestLists } from './images/manifest-lists.ts';
export {
  parseTrustPolicy,
  type TrustEntry,
  type TrustPolicy,
  type TrustType,
  trustEntries,
  trustTypes,
  withTrust,
} from './images/trust-policy.ts';
export { withImageTree } from './images/with-image-tree.ts';
export { isCdiDevice } from './isolation/cdi.ts';
export { parseDevice } from './isolation/devices.ts';
export { hostId, type IdMaps, type Owner, ownerInContainer } from './isolation/id-maps.ts';
export type { DeviceRequest, IsolationOptions, SecurityOptions } from './isolation/options.ts';
export { parseSeccompPolicy } from './isolation/seccomp-choice.ts';
export { parseSecurityOptions } from './isolation/security-options.ts';
export { parseSysctls } from './isolation/sysctls.ts';
export { parseSystemdMode } from './isolation/systemd.ts';
export { parseUserNamespace, type UserNamespaceRequest } from './isolation/user-namespace-flags.ts';
export type { LogEntry } from './log-lines.ts';
export { makeDirectory } from './make-directory.ts';
export { parseMount } from './mounts/parse-mount.ts';
export { parseTmpfs, parseVolume } from './mounts/parse-volume.ts';
export type { ImageVolumeMode, MountRequest } from './mounts/requests.ts';
export type { ContainerNetworking } from './network/config.ts';
export { inspectNetwork, type NetworkInspect } from './network/document.ts';
export type { NetworkFilters } from './network/filters.ts';
export type { ConnectOptions, PrunedNetwork, RemoveNetworkOptions } from './network/operations.ts';
export type { NetworkingOptions, PortRequest } from './network/options.ts';
export { isMacAddress, type ParsedNetworks, parseNetworks } from './network/parse-network.ts';
export { parsePort } from './network/parse-port.ts';
export { type PublishedPort, singlePorts } from './network/published-ports.ts';
export type { ImageConfig, ImageHistory, ImageRunConfig } from './oci/image-config.ts';
export { dockerListType, type ListEntry, type ManifestList } from './oci/image-index.ts';
export { runtimeMessage } from './oci/runtime-message.ts';
export type { Device, IdMapping, Mount, Process, Resources, Spec } from './oci/spec.ts';
export { parseJson } from './parse-json.ts';
export { pause } from './pause.ts';
export type { PodConfig, PodExitPolicy, SharedNamespace } from './pod/config.ts';
export type { CreatePodOptions, PodIsolationOptions } from './pod/create-options.ts';
export { PodFailedError } from './pod/errors.ts';
export type { PodFilters } from './pod/filters.ts';
export type { PodInspect } from './pod/inspect.ts';
export type { Pod } from './pod/pod.ts';
export type { PodStatus } from './pod/status.ts';
export type { PodSummary } from './pod/summary.ts';
export type { ClonePodOptions } from './pod/verbs/clone.ts';
export { randomBytes } from './random.ts';
export { readTextIfThere } from './read-text.ts';
export { normaliseReference, registryReference, repositoryPart } from './reference.ts';
export { parseByteSize } from './resources/byte-size.ts';
export type { DeviceRate, DeviceWeight, ResourceOptions } from './resources/options.ts';
export type { CheckOptions } from './runtime/check.ts';
export type { Comparable } from './runtime/compare.ts';
export type { RuntimeStatsOptions } from './runtime/container-stats.ts';
export type { ContainerUsage, DiskUsage, ImageUsage, VolumeUsage } from './runtime/disk-usage.ts';
export type { EventFilters } from './runtime/event-filters.ts';
// The runtime
export { eventMilliseconds, eventTime } from './runtime/events.ts';
export type { ExternalContainer } from './runtime/external-containers.ts';
export type { ImageTree, PruneImagesOptions, RuntimeImages } from './runtime/images.ts';
export type { RuntimeInfo } from './runtime/info.ts';
export { type ImageInspect, repositoryOf } from './runtime/inspect-image.ts';
export type { RuntimeNetworks } from './runtime/networks.ts';
export type { ContainerDefaults, ExitTarget, Log, LogLevel, Places, RuntimeParts } from './runtime/parts.ts';
export type { PrunedContainer } from './runtime/prune-containers.ts';
export type { PrunedPod } from './runtime/prune-pods.ts';
export { type PullOptions, type PullPolicy, parsePullPolicy } from './runtime/pull-image.ts';
export type { PushOptions } from './runtime/push-image.ts';
export type { EventOptions } from './runtime/read-events.ts';
export type { LoginOptions } from './runtime/registry-login.ts';
export type { RemoveContainersOptions, RemovedContainer } from './runtime/remove-containers.ts';
export type { RestoreFromOptions } from './runtime/restore-checkpoint.ts';
export { type ListOptions, Runtime, type ShutdownOptions } from './runtime/runtime.ts';
export type { RuntimeConfig } from './runtime/runtime-config.ts';
export type { SaveFormat, SaveOptions } from './runtime/save-images.ts';
export type { FoundImage, SearchOptions } from './runtime/search-images.ts';
export type { RuntimeSecrets, SecretFilters, SecretSummary } from './runtime/secrets.ts';
export type { Considered } from './runtime/selection.ts';
export type { RuntimeVolumes } from './runtime/volumes.ts';
export { checkSecretName } from './secret-name.ts';
export { parseSecret } from './secrets/parse-secret.ts';
export type { ContainerSecret, MountedSecret, SecretRequest, VariableSecret } from './secrets/requests.ts';
export { type Outcome, settleEach } from './settle-each.ts';
export { parseSignal, signalName } from './signals.ts';
export { unlessAbsent } from './unless-absent.ts';
export type { VolumeConfig } from './volume/config.ts';
export type { CreateVolumeOptions } from './volume/create.ts';
export type { VolumeFilters } from './volume/filters.ts';
export type { PrunedVolume } from './volume/operations.ts';
export type { RemoveVolumeOptions } from './volume/remove-with-users.ts';
export { inspectVolume, type VolumeInspect, type VolumeSummary } from './volume/summary.ts';
