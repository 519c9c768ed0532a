import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ManifestListPush, RegistryAccess } from '@tspod/core';
import { registryFlags } from './registry-flags.ts';
import type { Skopeo } from './skopeo.ts';

/**
 * Puts a list of manifests and the images that it names into one directory that skopeo reads as a whole: in the store they are images
 * of their own, which skopeo does not bring together.
 *
 * @returns what skopeo takes as its source
 */
export async function gatherList(
  skopeo: Skopeo,
  { document, parts, all }: ManifestListPush,
  directory: string,
  { signal, ...access }: RegistryAccess & { readonly signal?: AbortSignal | undefined },
): Promise<string> {
  await mkdir(directory);
  const list = JSON.parse(document) as { readonly manifests: { digest: string; size: number }[] };
  for (const [index, { digest, source }] of (all ? parts : []).entries()) {
    const part = `${directory}-${index}`;
    const flags = 'place' in source ? registryFlags(access, 'src-', source.place, `${part}-access`) : [];
    const place = 'place' in source ? source.place : `containers-storage:@${source.imageId}`;
    await skopeo({ argv: ['copy', '--quiet', ...flags, place, `dir:${part}`], signal });
    // layers come out of the store uncompressed, so the manifest of an image from there need not be the one that the list names
    const manifest = await readFile(join(part, 'manifest.json'));
    const hex = createHash('sha256').update(manifest).digest('hex');
    for (const entry of list.manifests) {
      if (entry.digest === digest) Object.assign(entry, { digest: `sha256:${hex}`, size: manifest.length });
    }
    for (const name of await readdir(part)) {
      const target = name === 'manifest.json' ? `${hex}.manifest.json` : name;
      if (name !== 'version') await rename(join(part, name), join(directory, target));
    }
  }
  await writeFile(join(directory, 'manifest.json'), all ? JSON.stringify(list) : document);
  await writeFile(join(directory, 'version'), 'Directory Transport Version: 1.1\n');
  return `dir:${directory}`;
}
