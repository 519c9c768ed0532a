import { describeChecks } from './describe-checks.ts';
import { type RootfsStorageFixture, rootfsStorageChecks } from './rootfs-storage-checks.ts';

/**
 * Runs every promise of the `RootfsStorage` contract against what `createFixture` makes, a fresh one for each. Only what the
 * storage's capabilities rule out is skipped. Mounts: needs root.
 *
 * @example
 * rootfsStorageSuite('dir', async () => {
 *   const directory = await mkdtemp('/var/tmp/dir-');
 *   return { instance: createDirStorage({ … }), directory: …, cleanup: () => rm(directory, { recursive: true }) };
 * });
 */
export function rootfsStorageSuite(name: string, createFixture: () => Promise<RootfsStorageFixture>): void {
  describeChecks(
    `${name} as a RootfsStorage`,
    rootfsStorageChecks,
    async () => {
      const fixture = await createFixture();
      const { instance } = fixture;
      return {
        ...fixture,
        async cleanup() {
          for (const { id } of await instance.list()) await instance.delete(id);
          await instance.close();
          await fixture.cleanup();
        },
      };
    },
    ({ needs }, { instance }) => needs(instance.capabilities),
  );
}
