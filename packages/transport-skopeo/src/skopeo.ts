import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Environment, runHelper } from './helper.ts';
import type { SkopeoSettings } from './settings.ts';
import { storeConfiguration } from './store-configuration.ts';

/** Runs skopeo on the store, and returns what it wrote to stdout. */
export type Skopeo = (call: {
  readonly argv: readonly string[];
  readonly signal?: AbortSignal | undefined;
  readonly onLine?: ((line: string) => void) | undefined;
}) => Promise<Uint8Array>;

/** @param directory for skopeo's configuration and everything that it unpacks */
export async function prepareSkopeo(settings: SkopeoSettings, environment: Environment, directory: string): Promise<Skopeo> {
  const configuration = join(directory, 'storage.conf');
  await writeFile(configuration, storeConfiguration(settings));
  // the last two would overrule the configuration
  const env = { ...environment, CONTAINERS_STORAGE_CONF: configuration, STORAGE_DRIVER: undefined, STORAGE_OPTS: undefined };
  const policy = settings.policyPath === undefined ? [] : ['--policy', settings.policyPath];
  return ({ argv, signal, onLine }) =>
    runHelper({
      argv: [settings.path ?? 'skopeo', '--tmpdir', directory, ...policy, ...argv],
      env,
      debianPackage: 'skopeo',
      signal,
      onLine,
    });
}
