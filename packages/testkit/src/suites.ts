import type { Check } from './check.ts';
import { describeChecks } from './describe-checks.ts';
import { eventLogChecks } from './event-log-checks.ts';
import { fileTreesChecks } from './file-trees-checks.ts';
import { healthSchedulerChecks } from './health-scheduler-checks.ts';
import { imageBuilderChecks } from './image-builder-checks.ts';
import { imageStoreChecks } from './image-store-checks.ts';
import { imageTransportChecks } from './image-transport-checks.ts';
import { lockerChecks } from './locker-checks.ts';
import { networkChecks } from './network-checks.ts';
import { secretStoreChecks } from './secret-store-checks.ts';
import { stateStoreChecks } from './state-store-checks.ts';
import { storeCheckChecks } from './store-check-checks.ts';
import { streamServiceChecks } from './stream-service-checks.ts';
import { userModeNetworkChecks } from './user-mode-network-checks.ts';
import { volumeDriverChecks } from './volume-driver-checks.ts';

/**
 * Runs every promise of a contract against what `createFixture` makes, a fresh one for each.
 *
 * @example
 * eventLogSuite('files', async () => {
 *   const directory = await mkdtemp('/var/tmp/events-');
 *   return { open: async () => createMyEventLog({ directory }), cleanup: () => rm(directory, { recursive: true }) };
 * });
 */
export type Suite<Fixture> = (name: string, createFixture: () => Promise<Fixture>) => void;

function suite<Fixture extends { cleanup(): Promise<void> }>(
  contract: string,
  checks: readonly Check<Fixture>[],
): Suite<Fixture> {
  return (name, createFixture) => describeChecks(`${name} as ${contract}`, checks, createFixture);
}

export const eventLogSuite = suite('an EventLog', eventLogChecks);
/** Changes owners, and mounts: needs root, util-linux and tar. */
export const fileTreesSuite = suite('FileTrees', fileTreesChecks);
export const healthSchedulerSuite = suite('a HealthScheduler', healthSchedulerChecks);
/** Runs commands in containers: needs root. */
export const imageBuilderSuite = suite('an ImageBuilder', imageBuilderChecks);
/** Mounts: needs root. */
export const imageStoreSuite = suite('an ImageStore', imageStoreChecks);
/** Its fixture needs registries: `startRegistry` has some. */
export const imageTransportSuite = suite('an ImageTransport', imageTransportChecks);
export const lockerSuite = suite('a Locker', lockerChecks);
/** May need root. */
export const networkSuite = suite('a Network', networkChecks);
export const secretStoreSuite = suite('a SecretStore', secretStoreChecks);
export const stateStoreSuite = suite('a StateStore', stateStoreChecks);
/** For storages that have a `check`. Mounts: needs root. */
export const storeCheckSuite = suite('a RootfsStorage that checks its store', storeCheckChecks);
export const streamServiceSuite = suite('a StreamService', streamServiceChecks);
/** Makes network namespaces: needs root. */
export const userModeNetworkSuite = suite('a UserModeNetwork', userModeNetworkChecks);
/** May need root. */
export const volumeDriverSuite = suite('a VolumeDriver', volumeDriverChecks);
