import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { StateStore } from '@tspod/core';
import { type StateStoreFixture, stateStoreSuite } from '@tspod/testkit';
import { createSqliteStateStore } from './create-sqlite-state-store.ts';

/** Every store that was opened is closed in the end, so that no file is held open while it is removed. */
async function fixture(reboot: (directory: string) => Promise<{ bootId?: string }>): Promise<StateStoreFixture> {
  const directory = await mkdtemp('/var/tmp/tspod-state-');
  const opened: StateStore[] = [];
  let bootId = 'first boot';
  const closeAll = () => Promise.all(opened.splice(0).map((store) => store.close()));
  return {
    async open() {
      const settings = {
        stateDatabase: join(directory, 'graph/tspod/state.db'),
        liveDatabase: join(directory, 'run/tspod/live.db'),
      };
      const store = createSqliteStateStore(settings, { bootId: () => bootId });
      opened.push(store);
      return store;
    },
    async reboot() {
      await closeAll();
      bootId = (await reboot(directory)).bootId ?? bootId;
    },
    async cleanup() {
      await closeAll();
      await rm(directory, { recursive: true });
    },
  };
}

stateStoreSuite('sqlite, with a run root on tmpfs', () =>
  fixture(async (directory) => {
    await rm(join(directory, 'run'), { recursive: true, force: true });
    return {};
  }),
);

stateStoreSuite('sqlite, with a run root that outlives a reboot', () => fixture(async () => ({ bootId: 'second boot' })));
