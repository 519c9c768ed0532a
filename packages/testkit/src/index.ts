export { type BusyboxImage, writeBusyboxArchive } from './busybox-image.ts';
export { type ContainerMonitorCheck, containerMonitorChecks } from './container-monitor-checks.ts';
export { type ContainerMonitorFactory, containerMonitorSuite } from './container-monitor-suite.ts';
export { createDirectoryImage, type DirectoryImage } from './directory-image.ts';
export { type EventLogCheck, type EventLogFixture, eventLogChecks } from './event-log-checks.ts';
export { eventLogSuite } from './event-log-suite.ts';
export type { ImageFixture, ImageStoreCheck, ImageStoreFixture } from './image-store-checks.ts';
export { imageStoreChecks } from './image-store-checks.ts';
export { imageStoreSuite } from './image-store-suite.ts';
export type { LockerCheck, LockerFixture } from './locker-checks.ts';
export { lockerChecks } from './locker-checks.ts';
export { lockerSuite } from './locker-suite.ts';
export { createMemoryEventLog, createMemoryEvents, type MemoryEvents } from './memory-event-log.ts';
export { createMemoryLocker, type MemoryLocks } from './memory-locker.ts';
export type { MemoryState } from './memory-state-store.ts';
export { createMemoryState, createMemoryStateStore, rebootMemoryState } from './memory-state-store.ts';
export { type BundleOptions, type BundleWorkshop, createBundleWorkshop } from './minimal-bundle.ts';
export { createMonitorHarness, type MonitorHarness } from './monitor-harness.ts';
export {
  createOciRuntimeFixture,
  type OciRuntimeCheck,
  type OciRuntimeFixture,
  ociRuntimeChecks,
} from './oci-runtime-checks.ts';
export { type OciRuntimeFactory, ociRuntimeSuite } from './oci-runtime-suite.ts';
export type { RootfsStorageCheck, RootfsStorageFixture } from './rootfs-storage-checks.ts';
export { rootfsStorageChecks } from './rootfs-storage-checks.ts';
export { rootfsStorageSuite } from './rootfs-storage-suite.ts';
export { type SecretStoreCheck, type SecretStoreFixture, secretStoreChecks } from './secret-store-checks.ts';
export { secretStoreSuite } from './secret-store-suite.ts';
export { createSharedStore, type SharedStore } from './shared-store.ts';
export type { StateStoreCheck, StateStoreFixture } from './state-store-checks.ts';
export { stateStoreChecks } from './state-store-checks.ts';
export { runningState, sampleConfig, sampleExecSession, sampleId } from './state-store-samples.ts';
export { stateStoreSuite } from './state-store-suite.ts';
export { type VolumeDriverCheck, type VolumeDriverFixture, volumeDriverChecks } from './volume-driver-checks.ts';
export { volumeDriverSuite } from './volume-driver-suite.ts';
