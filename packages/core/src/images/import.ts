import type { Image } from '../contracts/image-store.ts';
import { machineArchitecture } from '../oci/architecture.ts';
import { normaliseReference } from '../reference.ts';
import type { RuntimeParts } from '../runtime/parts.ts';
import { applyChanges } from './changes.ts';
import { imageDocuments } from './documents.ts';

export interface ImportOptions {
  /** A root file system as a tar archive, plain or compressed. */
  readonly archive: AsyncIterable<Uint8Array>;
  readonly name?: string | undefined;
  readonly changes?: readonly string[] | undefined;
  /** Default: `imported from tarball`. */
  readonly message?: string | undefined;
  /** ISO 8601. Default: now. The same archive of the same time gives the same image. */
  readonly createdAt?: string | undefined;
  readonly architecture?: string | undefined;
  readonly os?: string | undefined;
  readonly variant?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Makes an image with one layer. @throws {InvalidArgumentError} `invalid-change`, `invalid-reference`, `archive-…` */
export async function importImage({ images }: RuntimeParts, options: ImportOptions): Promise<Image> {
  const createdAt = options.createdAt ?? new Date().toISOString();
  const config = applyChanges({}, options.changes ?? []);
  return images.create({
    layer: options.archive,
    names: options.name === undefined ? [] : [normaliseReference(options.name)],
    createdAt,
    signal: options.signal,
    describe: (layers) =>
      imageDocuments(
        {
          ...{ format: 'oci', hasMediaType: false, createdAt, config, variant: options.variant },
          architecture: options.architecture ?? machineArchitecture(),
          os: options.os ?? 'linux',
          history: [
            {
              created: createdAt,
              created_by: `/bin/sh -c #(nop) ADD file:${layers[0]?.digest.replace(/^sha256:/, '')} in /`,
              comment: options.message || 'imported from tarball',
            },
          ],
        },
        layers,
      ),
  });
}
