import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { stat, symlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type LoadedImage, type LoadRequest, NotFoundError, RuntimeFailedError } from '@tspod/core';
import { type ArchivedImage, readArchive } from './archive.ts';
import { copyIntoStore } from './copy-into-store.ts';
import type { Environment } from './helper.ts';
import { invalidArchive } from './invalid-archive.ts';
import type { SkopeoSettings } from './settings.ts';
import { prepareSkopeo, type Skopeo } from './skopeo.ts';
import { temporaryParent } from './temporary.ts';
import { type Transfer, withTransfer } from './transfers.ts';
import { unpack } from './unpack.ts';

export async function load(settings: SkopeoSettings, env: Environment, request: LoadRequest): Promise<readonly LoadedImage[]> {
  const { path, signal } = request;
  signal?.throwIfAborted();
  if (!existsSync(path)) throw new NotFoundError(`stat ${path}: no such file or directory`, { code: 'no-such-file' });
  return withTransfer(settings.graphRoot, temporaryParent(settings, env), async (transfer) => {
    const skopeo = blamingTheArchive(await prepareSkopeo(settings, env, transfer.directory), path);
    const images = await readArchive(await sourcePath(request, transfer.directory, env), path);
    const loaded: LoadedImage[] = [];
    for (const image of images) {
      loaded.push(await loadImage({ request, transfer, skopeo, graphRoot: settings.graphRoot }, image));
      transfer.keep();
    }
    return loaded;
  });
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
  readonly transfer: Transfer;
  readonly skopeo: Skopeo;
  readonly graphRoot: string;
}

/** Copies the image once for each name: its layers are found in the store from the second time on. */
async function loadImage({ request, transfer, skopeo, graphRoot }: Loading, image: ArchivedImage): Promise<LoadedImage> {
  const { source, names } = image;
  const { signal, onProgress, onBlob } = request;
  const id = image.id ?? (await askForId(skopeo, source, signal));
  const [first, ...others] = names;
  const copy = { skopeo, transfer, graphRoot, options: { onProgress, onBlob } };
  await copyIntoStore({ ...copy, options: request }, { argv: ['copy', source], name: first, id });
  transfer.keep();
  // not interrupted any more: an image with half of its names would be left
  for (const name of others) await copyIntoStore(copy, { argv: ['copy', source], name, id });
  return { id, names };
}

async function askForId(skopeo: Skopeo, source: string, signal: AbortSignal | undefined): Promise<string> {
  const config = await skopeo({ argv: ['inspect', '--raw', '--config', source], signal });
  return createHash('sha256').update(config).digest('hex');
}

function blamingTheArchive(skopeo: Skopeo, path: string): Skopeo {
  return async (call) => {
    try {
      return await skopeo(call);
    } catch (error) {
      if (error instanceof RuntimeFailedError && isAboutTheArchive(error.stderr))
        throw invalidArchive(path, error.message, error);
      throw error;
    }
  };
}

/** Whether skopeo complains about what it reads; its exit code is 1 whatever went wrong. */
function isAboutTheArchive(stderr: string): boolean {
  const complaints =
    /: EOF\b|unexpected EOF|invalid image config|determining manifest|invalid tar header|initializing source|reading blob|happened during read|parsing image name|digest|checksum|diffID|duplicates of file paths|breakout|unhandled tar header|processing tar file/i;
  return complaints.test(stderr) && !/no space left on device/.test(stderr);
}
