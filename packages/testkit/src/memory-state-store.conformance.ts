import { createMemoryState, createMemoryStateStore, rebootMemoryState } from './memory-state-store.ts';
import { stateStoreSuite } from './suites.ts';

stateStoreSuite('memory', async () => {
  const data = createMemoryState();
  return {
    open: async () => createMemoryStateStore(data),
    reboot: async () => rebootMemoryState(data),
    cleanup: async () => undefined,
  };
});
