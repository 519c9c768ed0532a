import { createMemoryEventLog, createMemoryEvents } from './memory-event-log.ts';
import { eventLogSuite } from './suites.ts';

eventLogSuite('memory', async () => {
  const data = createMemoryEvents();
  return { open: async () => createMemoryEventLog(data), cleanup: async () => undefined };
});
