export { type BusyboxImage, writeBusyboxArchive } from './busybox-image.ts';
export type { Check, ConditionalCheck } from './check.ts';
export { containerMonitorChecks } from './container-monitor-checks.ts';
export { type ContainerMonitorFactory, containerMonitorSuite } from './container-monitor-suite.ts';
export { describeDefects } from './describe-defects.ts';
export { createDirectoryImage, type DirectoryImage } from './directory-image.ts';
export { type EventLogFixture, eventLogChecks } from './event-log-checks.ts';
export { type FileTreesFixture, fileTreesChecks } from './file-trees-checks.ts';
export { type HealthSchedulerFixture, healthSchedulerChecks } from './health-scheduler-checks.ts';
export { type HostAbilities, type HostCheck, type HostFixture, hostChecks } from './host-checks.ts';
export { hostCheckApplies, hostSuite } from './host-suite.ts';
export { type ImageBuilderFixture, imageBuilderChecks } from './image-builder-checks.ts';
export { type ImageFixture, type ImageStoreFixture, imageStoreChecks } from './image-store-checks.ts';
export { type ImageTransportFixture, imageTransportChecks } from './image-transport-checks.ts';
export { type LockerFixture, lockerChecks } from './locker-checks.ts';
export { createMemoryEventLog, createMemoryEvents, type MemoryEvents } from './memory-event-log.ts';
export { createMemoryLocker, type MemoryLocks } from './memory-locker.ts';
export type { MemoryState } from './memory-state-store.ts';
export { createMemoryState, createMemoryStateStore, rebootMemoryState } from './memory-state-store.ts';
export { type BundleOptions, type BundleWorkshop, createBundleWorkshop } from './minimal-bundle.ts';
export { createMonitorHarness, type MonitorHarness, processesOf } from './monitor-harness.ts';
export { type NetworkFixture, networkChecks } from './network-checks.ts';
export { createOciRuntimeFixture, type OciRuntimeFixture, ociRuntimeChecks } from './oci-runtime-checks.ts';
export { type OciRuntimeFactory, ociRuntimeSuite } from './oci-runtime-suite.ts';
export { connectStreams, playSession, textOf } from './played-session.ts';
export { type Registry, type RegistryOptions, startRegistry } from './registry.ts';
export { type RootfsStorageFixture, rootfsStorageChecks } from './rootfs-storage-checks.ts';
export { rootfsStorageSuite } from './rootfs-storage-suite.ts';
export { type SecretStoreFixture, secretStoreChecks } from './secret-store-checks.ts';
export { createSharedStore, type SharedStore } from './shared-store.ts';
export { type StateStoreFixture, stateStoreChecks } from './state-store-checks.ts';
export { runningState, sampleConfig, sampleExecSession, sampleId } from './state-store-samples.ts';
export { type StoreCheckFixture, type StoreDamage, storeCheckChecks } from './store-check-checks.ts';
export { type StreamServiceFixture, streamServiceChecks } from './stream-service-checks.ts';
export type { Suite } from './suites.ts';
export {
  eventLogSuite,
  fileTreesSuite,
  healthSchedulerSuite,
  imageBuilderSuite,
  imageStoreSuite,
  imageTransportSuite,
  lockerSuite,
  networkSuite,
  secretStoreSuite,
  stateStoreSuite,
  storeCheckSuite,
  streamServiceSuite,
  userModeNetworkSuite,
  volumeDriverSuite,
} from './suites.ts';
export { type UserModeNetworkFixture, userModeNetworkChecks } from './user-mode-network-checks.ts';
export { type VolumeDriverFixture, volumeDriverChecks } from './volume-driver-checks.ts';
