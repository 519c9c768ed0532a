import { createHash } from 'node:crypto';
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import {
  type ImageTransport,
  type LoadedImage,
  type LoadRequest,
  NotFoundError,
  RuntimeFailedError,
  unusable,
  usable,
} from '@tspod/core';
import { type ArchivedImage, readArchive } from './archive.ts';
import { type Environment, runHelper } from './helper.ts';
import { invalidArchive } from './invalid-archive.ts';
import type { SkopeoSettings } from './settings.ts';
import { storeConfiguration } from './store-configuration.ts';
import { unpack } from './unpack.ts';

export function skopeoTransport(settings: SkopeoSettings, env: Environment): ImageTransport {
  const program = settings.path ?? 'skopeo';

  return {
    specVersion: 'v1',
    name: 'skopeo',

    async probe() {
      return isExecutable(program, env) ? usable : unusable(`${program} is not installed`);
    },

    async load({ path, signal, onProgress }) {
      signal?.throwIfAborted();
      if (!existsSync(path)) throw new NotFoundError(`stat ${path}: no such file or directory`, { code: 'no-such-file' });
      const directory = await mkdtemp(join(settings.temporaryDirectory ?? env.TMPDIR ?? '/var/tmp', 'tspod-load-'));
      try {
        const skopeo = await prepareSkopeo(directory, { path, signal, onProgress });
        const images = await readArchive(await sourcePath(path, directory, signal), path);
        const loaded: LoadedImage[] = [];
        for (const image of images) loaded.push(await loadImage(skopeo, image));
        return loaded;
      } finally {
        await rm(directory, { recursive: true });
      }
    },
  };

  /** Runs skopeo with the store's configuration, its temporary files in `directory`. */
  async function prepareSkopeo(directory: string, { path, signal, onProgress }: LoadRequest): Promise<Skopeo> {
    const configuration = join(directory, 'storage.conf');
    await writeFile(configuration, storeConfiguration(settings));
    const policy = settings.policyPath === undefined ? [] : ['--policy', settings.policyPath];
    const call = {
      // these two would overrule the configuration
      env: { ...env, CONTAINERS_STORAGE_CONF: configuration, STORAGE_DRIVER: undefined, STORAGE_OPTS: undefined },
      debianPackage: 'skopeo',
      signal,
    };
    return async (argv, report) => {
      try {
        return await runHelper({
          ...call,
          argv: [program, '--tmpdir', directory, ...policy, ...argv],
          onLine: report ? onProgress : undefined,
        });
      } catch (error) {
        if (error instanceof RuntimeFailedError && isAboutTheArchive(error.stderr))
          throw invalidArchive(path, error.message, error);
        throw error;
      }
    };
  }

  async function sourcePath(path: string, directory: string, signal: AbortSignal | undefined): Promise<string> {
    const real = resolve(path);
    const plain = statSync(real).isDirectory() ? real : await unpack(real, directory, env, signal);
    if (!plain.includes(':')) return plain;
    // a colon ends the path in skopeo's references
    const link = join(directory, 'source');
    await symlink(plain, link);
    return link;
  }
}

/** @param report whether stdout is progress */
type Skopeo = (argv: readonly string[], report: boolean) => Promise<Uint8Array>;

/** Copies the image once for each name: its layers are found in the store from the second time on. */
async function loadImage(skopeo: Skopeo, { source, names, id: known }: ArchivedImage): Promise<LoadedImage> {
  const id = known ?? (await askForId(skopeo, source));
  const targets = names.length === 0 ? [`@${id}`] : names;
  for (const target of targets) await skopeo(['copy', source, `containers-storage:${target}`], true);
  return { id, names };
}

async function askForId(skopeo: Skopeo, source: string): Promise<string> {
  const config = await skopeo(['inspect', '--raw', '--config', source], false);
  return createHash('sha256').update(config).digest('hex');
}

/** Whether skopeo complains about what it reads; its exit code is 1 whatever went wrong. */
function isAboutTheArchive(stderr: string): boolean {
  return /unexpected EOF|invalid tar header|initializing source|reading blob|happened during read|parsing image name|[Dd]igest|checksum|corrupt|diffID|DiffID/i.test(
    stderr,
  );
}

function isExecutable(program: string, env: Environment): boolean {
  const directories = isAbsolute(program) ? [''] : (env.PATH ?? '').split(delimiter);
  return directories.some((directory) => {
    try {
      accessSync(join(directory, program), constants.X_OK);
      return true;
    } catch (error) {
      // not there, or not for us: the next directory may have it
      if (error instanceof Error && 'code' in error) return false;
      throw error;
    }
  });
}
