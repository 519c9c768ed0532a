import { createHash } from 'node:crypto';
import { open, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { normaliseReference } from '@tspod/core';
import { invalidArchive } from './invalid-archive.ts';
import { longestDocument, readTarIndex, readText } from './tar-index.ts';

/** One image of an archive. */
export interface ArchivedImage {
  /** As skopeo takes it: `docker-archive:/tmp/x.tar:@0`. */
  readonly source: string;
  /** Complete references; none: it has no name. */
  readonly names: readonly string[];
  /** Id that it will have in the store; undefined: skopeo has to be asked, as it chooses one of several platforms. */
  readonly id: string | undefined;
  /** Digests of its uncompressed layers, lowest first; none when they can't be known before. */
  readonly layers: readonly string[];
}

/** The files of an archive, whatever it is wrapped in. */
interface ArchiveFiles {
  /** Undefined: there is no such file. */
  read(name: string): Promise<string | undefined>;
}

/** skopeo's names of the formats. */
type Format = 'docker-archive' | 'oci-archive' | 'oci' | 'dir';

/**
 * Finds out what `path`, a directory or an uncompressed tar, is, by the files in it, and which images it has.
 *
 * @param shown path that errors name
 * @throws {InvalidArgumentError} `invalid-archive`.
 */
export async function readArchive(path: string, shown: string): Promise<readonly ArchivedImage[]> {
  if ((await stat(path)).isDirectory())
    return readImages(path, shown, directoryFiles(path, shown), { docker: 'dir', oci: 'oci' });
  const file = await open(path);
  try {
    const index = await readTarIndex(file);
    if (index === undefined) throw invalidArchive(shown, 'it is neither a tar nor compressed in a known way');
    const files: ArchiveFiles = {
      async read(name) {
        const member = index.get(name);
        try {
          return member && (await readText(file, member));
        } catch (error) {
          if (error instanceof RangeError) throw invalidArchive(shown, `${name}: ${error.message}`, error);
          throw error;
        }
      },
    };
    return await readImages(path, shown, files, { docker: 'docker-archive', oci: 'oci-archive' });
  } finally {
    await file.close();
  }
}

function directoryFiles(path: string, shown: string): ArchiveFiles {
  return {
    async read(name) {
      const file = join(path, name);
      try {
        const status = await stat(file);
        if (!status.isFile()) throw invalidArchive(shown, `${name} in it is no file`);
        if (status.size > longestDocument) {
          throw invalidArchive(
            shown,
            `${name}: it has ${status.size} bytes, and ${longestDocument} are the most that it may have`,
          );
        }
        return await readFile(file, 'utf8');
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
        throw error;
      }
    },
  };
}

/** What docker writes since version 25 is both a docker-archive and an OCI layout; the former tells several images apart. */
async function readImages(
  path: string,
  shown: string,
  files: ArchiveFiles,
  formats: { readonly docker: Format; readonly oci: Format },
): Promise<readonly ArchivedImage[]> {
  const reader = { path, shown, files };
  if ((await files.read('manifest.json')) !== undefined) {
    return formats.docker === 'dir' ? [await dockerDirectory(reader)] : dockerArchive(reader);
  }
  if ((await files.read('index.json')) !== undefined) return ociLayout(reader, formats.oci);
  throw invalidArchive(shown, 'there is neither a manifest.json nor an index.json in it');
}

interface ArchiveReader {
  readonly path: string;
  readonly shown: string;
  readonly files: ArchiveFiles;
}

async function dockerArchive(reader: ArchiveReader): Promise<ArchivedImage[]> {
  const manifest = await readJson(reader, 'manifest.json');
  if (!Array.isArray(manifest)) throw invalidArchive(reader.shown, 'its manifest.json is not a list of images');
  if (manifest.length === 0) throw invalidArchive(reader.shown, 'it has no images');
  return Promise.all(
    manifest.map(async (image: unknown, index) => {
      const configName = textField(image, 'Config');
      const config = configName === undefined ? undefined : await reader.files.read(configName);
      if (config === undefined) throw invalidArchive(reader.shown, `the config of image ${index + 1}, ${configName}, is missing`);
      const tags = listField(image, 'RepoTags').filter((tag) => typeof tag === 'string');
      return {
        source: `docker-archive:${reader.path}:@${index}`,
        names: completeNames(reader.shown, tags),
        id: createHash('sha256').update(config).digest('hex'),
        layers: layersOf(parseJson(reader, configName ?? '', config)),
      };
    }),
  );
}

async function dockerDirectory(reader: ArchiveReader): Promise<ArchivedImage> {
  const manifest = await readJson(reader, 'manifest.json');
  return { source: `dir:${reader.path}`, names: [], ...(await configured(reader, manifest, (digest) => digest)) };
}

/** Tells the images of a layout apart; may be a tag only. */
const referenceName = 'org.opencontainers.image.ref.name';

/** In order of preference, which is podman's. */
const nameAnnotations = ['io.containerd.image.name', referenceName];

async function ociLayout(reader: ArchiveReader, format: Format): Promise<ArchivedImage[]> {
  const manifests = listField(await readJson(reader, 'index.json'), 'manifests');
  if (manifests.length === 0) throw invalidArchive(reader.shown, 'it has no images');
  const references = manifests.map((descriptor) => textField(field(descriptor, 'annotations'), referenceName));
  const several = manifests.length > 1;
  if (several && (references.includes(undefined) || new Set(references).size < references.length)) {
    throw invalidArchive(reader.shown, "it has several images, some with no name or the same one: they can't be told apart");
  }
  return Promise.all(
    manifests.map(async (descriptor, index) => {
      const annotations = field(descriptor, 'annotations');
      const name = nameAnnotations.map((key) => textField(annotations, key)).find((text) => text !== undefined);
      const reference = references[index];
      const [, hex] = sha256Digest.exec(textField(descriptor, 'digest') ?? '') ?? [];
      if (hex === undefined) throw invalidArchive(reader.shown, `image ${index + 1} in its index.json has no digest`);
      return {
        source: `${format}:${reader.path}${several ? `:${reference}` : ''}`,
        names: completeNames(reader.shown, name === undefined ? [] : [name]),
        ...(await configured(reader, await readJson(reader, blobName(hex)), blobName)),
      };
    }),
  );
}

function completeNames(shown: string, names: readonly string[]): string[] {
  return names.map((name) => {
    try {
      return normaliseReference(name);
    } catch (error) {
      throw invalidArchive(shown, error instanceof Error ? error.message : String(error), error);
    }
  });
}

const sha256Digest = /^sha256:([0-9a-f]{64})$/;

const blobName = (hex: string) => `blobs/sha256/${hex}`;

/**
 * What the config that a manifest names says. A list of manifests names none: skopeo will choose one of them.
 * @param fileName where the config with this SHA-256 is
 */
async function configured(
  reader: ArchiveReader,
  manifest: unknown,
  fileName: (hex: string) => string,
): Promise<Pick<ArchivedImage, 'id' | 'layers'>> {
  const [, id] = sha256Digest.exec(textField(field(manifest, 'config'), 'digest') ?? '') ?? [];
  if (id === undefined) return { id, layers: [] };
  return { id, layers: layersOf(await readJson(reader, fileName(id))) };
}

function layersOf(config: unknown): string[] {
  return listField(field(config, 'rootfs'), 'diff_ids').filter((digest) => typeof digest === 'string');
}

async function readJson(reader: ArchiveReader, name: string): Promise<unknown> {
  const text = await reader.files.read(name);
  if (text === undefined) throw invalidArchive(reader.shown, `${name} is missing in it`);
  return parseJson(reader, name, text);
}

function parseJson({ shown }: ArchiveReader, name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw invalidArchive(shown, `${name} in it is not JSON`, error);
  }
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined;
}

function textField(value: unknown, name: string): string | undefined {
  const found = field(value, name);
  return typeof found === 'string' ? found : undefined;
}

function listField(value: unknown, name: string): readonly unknown[] {
  const found = field(value, name);
  return Array.isArray(found) ? found : [];
}
