import { createHash } from 'node:crypto';
import { accessSync, constants, existsSync } from 'node:fs';
import { mkdtemp, rm, stat, symlink } from 'node:fs/promises';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import {
  type ImageTransport,
  type LoadedImage,
  type LoadRequest,
  NotFoundError,
  RuntimeFailedError,
  unusable,
  usable,
  withUndoFailure,
} from '@tspod/core';
import { type ArchivedImage, readArchive } from './archive.ts';
import { discardLayers, inspectLayers } from './discard-layers.ts';
import type { Environment } from './helper.ts';
import { invalidArchive } from './invalid-archive.ts';
import type { SkopeoSettings } from './settings.ts';
import { prepareSkopeo, type Skopeo } from './skopeo.ts';
import { unpack } from './unpack.ts';

export function skopeoTransport(settings: SkopeoSettings, env: Environment): ImageTransport {
  return {
    specVersion: 'v1',
    name: 'skopeo',

    async probe() {
      const program = settings.path ?? 'skopeo';
      return isExecutable(program, env) ? usable : unusable(`${program} is not installed`);
    },

    async load(request) {
      const { path, signal } = request;
      signal?.throwIfAborted();
      if (!existsSync(path)) throw new NotFoundError(`stat ${path}: no such file or directory`, { code: 'no-such-file' });
      const directory = await mkdtemp(join(settings.temporaryDirectory ?? env.TMPDIR ?? '/var/tmp', 'tspod-load-'));
      try {
        const loading = {
          request,
          directory,
          graphRoot: settings.graphRoot,
          skopeo: await prepareSkopeo(settings, env, directory),
        };
        const images = await readArchive(await sourcePath(request, directory, env), path);
        const loaded: LoadedImage[] = [];
        for (const image of images) loaded.push(await loadImage(loading, image));
        return loaded;
      } finally {
        await rm(directory, { recursive: true });
      }
    },
  };
}

/** The directory or uncompressed tar to read, by a path that skopeo can take. */
async function sourcePath({ path, signal }: LoadRequest, directory: string, env: Environment): Promise<string> {
  const real = resolve(path);
  const plain = (await stat(real)).isDirectory() ? real : await unpack(real, directory, env, signal);
  if (!plain.includes(':')) return plain;
  // a colon ends the path in skopeo's references
  const link = join(directory, 'source');
  await symlink(plain, link);
  return link;
}

interface Loading {
  readonly request: LoadRequest;
  /** For temporary files. */
  readonly directory: string;
  readonly graphRoot: string;
  readonly skopeo: Skopeo;
}

/** Copies the image once for each name: its layers are found in the store from the second time on. */
async function loadImage({ request, directory, graphRoot, skopeo }: Loading, image: ArchivedImage): Promise<LoadedImage> {
  const { source, names, layers } = image;
  const { path, signal, onProgress } = request;
  const run: Skopeo = async (call) => {
    try {
      return await skopeo(call);
    } catch (error) {
      if (error instanceof RuntimeFailedError && isAboutTheArchive(error.stderr))
        throw invalidArchive(path, error.message, error);
      throw error;
    }
  };
  const id = image.id ?? (await askForId(run, source, signal));
  const [first = `@${id}`, ...others] = names;
  const before = await inspectLayers(graphRoot, layers);
  try {
    const stopping = untilImageIsWritten(signal);
    const onLine = (line: string) => {
      stopping.look(line);
      onProgress?.(line);
    };
    await run({ argv: ['copy', source, `containers-storage:${first}`], signal: stopping.signal, onLine });
  } catch (failure) {
    try {
      const { count, unfinished } = await inspectLayers(graphRoot, layers);
      if (count > before.count) await discardLayers(skopeo, layers.slice(0, count), directory);
      else if (unfinished) await discardLayers(skopeo, [], directory);
    } catch (undoFailure) {
      throw withUndoFailure(failure, undoFailure);
    }
    throw failure;
  }
  // not interrupted any more: an image with half of its names would be left
  for (const name of others) await run({ argv: ['copy', source, `containers-storage:${name}`], onLine: onProgress });
  return { id, names };
}

/**
 * A signal that is aborted with the caller's, but not any more once skopeo writes the image itself: that takes it a few milliseconds,
 * and half an image is nothing that could be taken back.
 */
function untilImageIsWritten(signal: AbortSignal | undefined): { readonly signal: AbortSignal; look(line: string): void } {
  const controller = new AbortController();
  const stop = () => controller.abort(signal?.reason);
  if (signal?.aborted) stop();
  signal?.addEventListener('abort', stop, { once: true });
  return {
    signal: controller.signal,
    look(line) {
      if (line.startsWith('Writing manifest')) signal?.removeEventListener('abort', stop);
    },
  };
}

async function askForId(skopeo: Skopeo, source: string, signal: AbortSignal | undefined): Promise<string> {
  const config = await skopeo({ argv: ['inspect', '--raw', '--config', source], signal });
  return createHash('sha256').update(config).digest('hex');
}

/** Whether skopeo complains about what it reads; its exit code is 1 whatever went wrong. */
function isAboutTheArchive(stderr: string): boolean {
  const complaints =
    /unexpected EOF|invalid tar header|initializing source|reading blob|happened during read|parsing image name|digest|checksum|diffID/i;
  return complaints.test(stderr) && !/no space left on device/.test(stderr);
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
