import { createHash } from 'node:crypto';

/** One entry of a crafted archive; whatever the fields say is written as it is. */
export interface CraftedEntry {
  readonly name: string;
  /** The type flag of the header: `0` file, `1` hard link, `2` symlink, `3` character device, `5` directory, … Default: `0`. */
  readonly type?: string;
  readonly content?: string | Uint8Array;
  readonly target?: string;
  /** What the header claims. Default: the content's. */
  readonly size?: number;
  readonly device?: readonly [major: number, minor: number];
  readonly mode?: number;
  /** Extended attributes, in a pax header. */
  readonly attributes?: Readonly<Record<string, string>>;
}

const blockSize = 512;

/** An archive of exactly these entries. */
export function craftTar(entries: readonly CraftedEntry[]): Buffer {
  return Buffer.concat([...entries.flatMap(blocksOf), Buffer.alloc(2 * blockSize)]);
}

function blocksOf(entry: CraftedEntry): Buffer[] {
  const { attributes, ...plain } = entry;
  if (attributes === undefined) return [header(plain), padded(plain.content)];
  const records = Object.entries(attributes).map(([name, value]) => paxRecord(`SCHILY.xattr.${name}`, value));
  const content = records.join('');
  return [header({ name: 'pax', type: 'x', content }), padded(content), header(plain), padded(plain.content)];
}

function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  let length = rest.length;
  while (`${length}${rest}`.length !== length) length = `${length}${rest}`.length;
  return `${length}${rest}`;
}

function padded(content: string | Uint8Array = ''): Buffer {
  const bytes = Buffer.from(content as string);
  return Buffer.concat([bytes, Buffer.alloc((blockSize - (bytes.length % blockSize)) % blockSize)]);
}

function header({ name, type = '0', content = '', target = '', size, device = [0, 0], mode = 0o755 }: CraftedEntry): Buffer {
  const block = Buffer.alloc(blockSize);
  const octal = (value: number, at: number, length: number) =>
    block.write(`${value.toString(8).padStart(length - 1, '0')}\0`, at);
  block.write(name, 0, 100);
  octal(mode, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  const length = size ?? Buffer.byteLength(content as string);
  if (length < 8 ** 11) octal(length, 124, 12);
  else {
    block[124] = 0x80;
    block.writeBigUInt64BE(BigInt(length), 128);
  }
  octal(0, 136, 12);
  block.fill(' ', 148, 156);
  block.write(type, 156);
  block.write(target, 157, 100);
  block.write('ustar\u000000', 257);
  octal(device[0], 329, 8);
  octal(device[1], 337, 8);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

export const sha256 = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest('hex');

/** A docker-archive of one image with these layers, the lowest first. */
export function craftImage(
  layers: readonly Uint8Array[],
  changes: {
    readonly diffIds?: readonly string[];
    readonly config?: object;
    readonly manifest?: object;
    readonly files?: readonly CraftedEntry[];
  } = {},
): Buffer {
  const diffIds = changes.diffIds ?? layers.map((layer) => `sha256:${sha256(layer)}`);
  const config = JSON.stringify({
    ...{ architecture: 'amd64', os: 'linux', config: {}, rootfs: { type: 'layers', diff_ids: diffIds } },
    ...changes.config,
  });
  const names = layers.map((_, index) => `layer-${index}.tar`);
  const manifest = [{ Config: 'config.json', RepoTags: ['localhost/crafted:1'], Layers: names, ...changes.manifest }];
  return craftTar([
    { name: 'manifest.json', content: JSON.stringify(manifest) },
    { name: 'config.json', content: config },
    ...layers.map((content, index) => ({ name: `layer-${index}.tar`, content })),
    ...(changes.files ?? []),
  ]);
}

/** An OCI layout as an archive, of one image whose layers are these blobs. */
export function craftLayout(
  blobs: readonly Uint8Array[],
  diffIds: readonly string[],
  changes: { readonly layerDigest?: string; readonly index?: string; readonly manifestDigest?: string } = {},
): Buffer {
  const config = JSON.stringify({
    architecture: 'amd64',
    os: 'linux',
    config: {},
    rootfs: { type: 'layers', diff_ids: diffIds },
  });
  const type = 'application/vnd.oci.image';
  const layers = blobs.map((blob) => ({
    ...{ mediaType: `${type}.layer.v1.tar+gzip`, digest: changes.layerDigest ?? `sha256:${sha256(blob)}`, size: blob.length },
  }));
  const configEntry = { mediaType: `${type}.config.v1+json`, digest: `sha256:${sha256(config)}`, size: config.length };
  const manifest = JSON.stringify({ schemaVersion: 2, mediaType: `${type}.manifest.v1+json`, config: configEntry, layers });
  const digest = changes.manifestDigest ?? `sha256:${sha256(manifest)}`;
  const index = { schemaVersion: 2, manifests: [{ mediaType: `${type}.manifest.v1+json`, digest, size: manifest.length }] };
  const blob = (content: Uint8Array | string) => ({ name: `blobs/sha256/${sha256(content)}`, content });
  return craftTar([
    { name: 'oci-layout', content: '{"imageLayoutVersion":"1.0.0"}' },
    { name: 'index.json', content: changes.index ?? JSON.stringify(index) },
    ...[config, manifest, ...blobs].map(blob),
  ]);
}
