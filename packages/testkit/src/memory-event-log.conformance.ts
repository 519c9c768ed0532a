import { eventLogSuite } from './event-log-suite.ts';
import { createMemoryEventLog, createMemoryEvents } from './memory-event-log.ts';

eventLogSuite('memory', async () => {
  const data = createMemoryEvents();
  return { open: async () => createMemoryEventLog(data), cleanup: async () => undefined };
});
