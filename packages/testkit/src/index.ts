export { type BusyboxImage, writeBusyboxArchive } from './busybox-image.ts';
export type { MemoryState } from './memory-state-store.ts';
export { createMemoryState, createMemoryStateStore, rebootMemoryState } from './memory-state-store.ts';
export type { StateStoreCheck, StateStoreFixture } from './state-store-checks.ts';
export { stateStoreChecks } from './state-store-checks.ts';
export { runningState, sampleConfig, sampleExecSession, sampleId } from './state-store-samples.ts';
export { stateStoreSuite } from './state-store-suite.ts';
