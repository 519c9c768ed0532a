import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BlobProgress, expansionLimit } from '@tspod/core';
import { type Environment, runHelper } from './helper.ts';
import { ProgressReader } from './progress.ts';
import type { SkopeoSettings } from './settings.ts';
import { storeConfiguration } from './store-configuration.ts';

export interface SkopeoCall {
  readonly argv: readonly string[];
  readonly signal?: AbortSignal | undefined;
  readonly onLine?: ((line: string) => void) | undefined;
  /** Makes skopeo draw how far it is, and takes that apart. */
  readonly onBlob?: ((progress: BlobProgress) => void) | undefined;
  readonly inputText?: string | undefined;
  /** One more descriptor that skopeo holds as long as it lives. */
  readonly heldFd?: number | undefined;
  /** Where what it unpacks comes from; given, it is stopped when that unpacks to too much. */
  readonly unpacks?: string | undefined;
}

/** Runs skopeo on the store, and returns what it wrote to stdout. */
export type Skopeo = (call: SkopeoCall) => Promise<Uint8Array>;

/** @param directory for skopeo's configuration and everything that it unpacks */
export async function prepareSkopeo(settings: SkopeoSettings, environment: Environment, directory: string): Promise<Skopeo> {
  const configuration = join(directory, 'storage.conf');
  await writeFile(configuration, storeConfiguration(settings));
  // the last two would overrule the configuration
  const env = { ...environment, CONTAINERS_STORAGE_CONF: configuration, STORAGE_DRIVER: undefined, STORAGE_OPTS: undefined };
  const policy = settings.policyPath === undefined ? [] : ['--policy', settings.policyPath];
  // podman heeds the variable, skopeo has only the flag
  const registries = environment.CONTAINERS_REGISTRIES_CONF ?? '';
  const registriesFlag = registries === '' ? [] : ['--registries-conf', registries];
  const limit = expansionLimit(environment);
  return ({ argv, signal, onLine, onBlob, inputText, heldFd, unpacks }) => {
    const reader = onBlob && new ProgressReader({ onLine: onLine ?? (() => undefined), onBlob });
    return runHelper({
      argv: [settings.path ?? 'skopeo', '--tmpdir', directory, ...policy, ...registriesFlag, ...argv],
      env,
      debianPackage: 'skopeo',
      signal,
      ...(reader === undefined ? { onLine } : { onTerminalText: (text: string) => reader.write(text) }),
      inputText,
      heldFd,
      ...(unpacks !== undefined && { expansion: { subject: unpacks, limit } }),
    });
  };
}
