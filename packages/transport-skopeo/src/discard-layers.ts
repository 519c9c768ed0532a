import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Skopeo } from './skopeo.ts';

/** What the store has of an image that is not complete. */
export interface StoredLayers {
  /** How many of its layers, from the lowest on. */
  readonly count: number;
  /** Whether there is a layer, of whatever image, that somebody began to write. */
  readonly unfinished: boolean;
}

/** @param diffIds digests of the image's uncompressed layers, lowest first */
export async function inspectLayers(graphRoot: string, diffIds: readonly string[]): Promise<StoredLayers> {
  const layers = await readLayers(graphRoot);
  // one that is not finished has its digest already, and is deleted by whoever opens the store to change it
  const stored = new Set(layers.filter((layer) => !isUnfinished(layer)).map((layer) => layer['diff-digest']));
  const firstMissing = diffIds.findIndex((diffId) => !stored.has(diffId));
  return {
    count: firstMissing === -1 ? diffIds.length : firstMissing,
    unfinished: layers.some(isUnfinished),
  };
}

interface LayerRecord {
  readonly 'diff-digest'?: string;
  readonly flags?: { readonly incomplete?: boolean };
}

function isUnfinished({ flags }: LayerRecord): boolean {
  return flags?.incomplete === true;
}

async function readLayers(graphRoot: string): Promise<readonly LayerRecord[]> {
  try {
    return JSON.parse(await readFile(join(graphRoot, 'overlay-layers/layers.json'), 'utf8'));
  } catch (error) {
    // no store yet, or something that can't become one, which skopeo will say
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return [];
    throw error;
  }
}

/**
 * Takes layers that no image has out of the store again. skopeo leaves those that it had finished when it was stopped, and
 * has no command for layers; but whoever deletes an image deletes the layers that only it has. So this makes an image of them,
 * which copies nothing as they are all there, and deletes it. Changing the store also clears away what was half written.
 *
 * @param diffIds of the layers, lowest first; each is in the store; none: only what is half written goes
 * @param directory in which to make files
 */
export async function discardLayers(skopeo: Skopeo, diffIds: readonly string[], directory: string): Promise<void> {
  const layout = join(directory, 'discard');
  await mkdir(join(layout, 'blobs/sha256'), { recursive: true });
  const descriptor = async (mediaType: string, value: object) => {
    const text = JSON.stringify(value);
    const hex = createHash('sha256').update(text).digest('hex');
    await writeFile(join(layout, 'blobs/sha256', hex), text);
    return { mediaType, digest: `sha256:${hex}`, size: Buffer.byteLength(text) };
  };
  const config = await descriptor('application/vnd.oci.image.config.v1+json', {
    architecture: process.arch === 'x64' ? 'amd64' : process.arch,
    os: 'linux',
    // no other image has the same, so none is replaced
    created: new Date().toISOString(),
    author: directory,
    rootfs: { type: 'layers', diff_ids: diffIds },
  });
  const manifest = await descriptor('application/vnd.oci.image.manifest.v1+json', {
    schemaVersion: 2,
    config,
    layers: diffIds.map((digest) => ({ mediaType: 'application/vnd.oci.image.layer.v1.tar', digest, size: 0 })),
  });
  await writeFile(join(layout, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [manifest] }));
  await writeFile(join(layout, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
  const target = `containers-storage:@${config.digest.slice('sha256:'.length)}`;
  await skopeo({ argv: ['copy', '--quiet', `oci:${layout}`, target] });
  await skopeo({ argv: ['delete', target] });
}
