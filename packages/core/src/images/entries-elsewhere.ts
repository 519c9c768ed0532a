import { createHash } from 'node:crypto';
import type { ImageTransport, RemoteRequest } from '../contracts/image-transport.ts';
import { NotFoundError, RuntimeFailedError } from '../errors.ts';
import { machineArchitecture } from '../oci/architecture.ts';
import type { ImageConfig } from '../oci/image-config.ts';
import type { ListEntry, ManifestList } from '../oci/image-index.ts';

/** What lists of manifests say of an image elsewhere: one entry, or, of a list with `all`, each of its entries. */
export async function entriesElsewhere(
  transport: ImageTransport,
  request: RemoteRequest,
  all: boolean,
): Promise<readonly ListEntry[]> {
  const { manifest, config } = await transport.readRemote(request);
  const document = parseManifest(manifest, request.source) as Partial<ManifestList>;
  if (config === undefined) {
    const { manifests = [] } = document;
    return all ? manifests : [instanceForThisMachine(manifests)];
  }
  const { architecture = '', os = '', variant } = parseManifest(config, request.source) as ImageConfig;
  return [
    {
      mediaType: document.mediaType ?? 'application/vnd.oci.image.manifest.v1+json',
      digest: `sha256:${createHash('sha256').update(manifest).digest('hex')}`,
      size: manifest.length,
      platform: { architecture, os, ...(variant && { variant }) },
    },
  ];
}

/** @throws {NotFoundError} `no-such-image` */
export function instanceForThisMachine(manifests: readonly ListEntry[]): ListEntry {
  const architecture = machineArchitecture();
  const found = manifests.find(({ platform }) => platform?.architecture === architecture && platform.os === 'linux');
  if (found !== undefined) return found;
  throw new NotFoundError(`no image found in manifest list for architecture ${architecture}, variant "", OS linux`, {
    code: 'no-such-image',
  });
}

/** @throws {RuntimeFailedError} `transfer-failed` */
export function parseManifest(bytes: Uint8Array, place: string): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString());
  } catch (cause) {
    throw new RuntimeFailedError(`${place}: its manifest is not JSON`, { code: 'transfer-failed', argv: [], cause });
  }
}
