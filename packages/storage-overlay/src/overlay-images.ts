import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Image, type ImageStore, InvalidArgumentError, InvalidStateError, NotFoundError } from '@tspod/core';
import { directorySize, isMountPoint } from '@tspod/linux';
import { defaultManifestKey, isObject, readConfig, readData, readDocument } from './big-data.ts';
import { findImage } from './image-lookup.ts';
import { withName, withoutName } from './image-names.ts';
import { layerIdsBelow } from './image-parents.ts';
import { mountLayer, mountLayerAt, openLayer, unmountLayer } from './layer-mounts.ts';
import type { ImageRecord, LayerRecord } from './records.ts';
import { removeImage } from './remove-image.ts';
import type { Store } from './store.ts';
import type { StorePaths } from './store-paths.ts';

/** An image and the store that it is in. */
interface PlacedImage {
  readonly record: ImageRecord;
  readonly paths: StorePaths;
  readonly isForeign: boolean;
}

/** The images of a store that podman and its relatives share, and of those that it may read besides. */
export function createOverlayImages(store: Store): ImageStore {
  function placed(): readonly PlacedImage[] {
    const own = store.images.read().map((record) => ({ record, paths: store.paths, isForeign: false }));
    const seen = new Set(own.map(({ record }) => record.id));
    const foreign = store.additional.flatMap(({ images, paths }) =>
      images.read().map((record) => ({ record, paths, isForeign: true })),
    );
    return [...own, ...foreign.filter(({ record }) => !seen.has(record.id))];
  }

  function require(id: string): PlacedImage {
    const image = placed().find(({ record }) => record.id === id);
    if (!image) throw noSuchImage(id);
    return image;
  }

  function allLayers(): readonly LayerRecord[] {
    return [...store.readLayers(), ...store.additional.flatMap(({ layers }) => layers.read())];
  }

  async function describe({ record, paths, isForeign }: PlacedImage, layers: readonly LayerRecord[]): Promise<Image> {
    const digests = Object.entries(record['big-data-digests'] ?? {}).flatMap(([key, digest]) =>
      key.startsWith(defaultManifestKey) && typeof digest === 'string' ? [digest] : [],
    );
    return {
      id: record.id,
      digest: record.digest,
      digests: [...new Set([...(record.digest ? [record.digest] : []), ...digests])],
      names: record.names ?? [],
      namesHistory: record['names-history'] ?? [],
      topLayer: record.layer || undefined,
      createdAt: record.created ?? '',
      size: await imageSize(record, layers),
      readOnly: isForeign,
      isManifestList: !record.layer && isManifestList(paths, record),
    };
  }

  async function imageSize(record: ImageRecord, layers: readonly LayerRecord[]): Promise<number> {
    let size = 0;
    const tops = [record.layer, ...(record['mapped-layers'] ?? [])];
    for (const id of new Set(tops.flatMap((top) => layerIdsBelow(top, layers)))) {
      const layer = layers.find((other) => other.id === id);
      const recorded = layer?.['diff-digest'] ? (layer['diff-size'] ?? 0) : -1;
      size += recorded >= 0 ? recorded : await directorySize(join(layerDirectory(id), 'diff'));
    }
    for (const bytes of Object.values(record['big-data-sizes'] ?? {})) if (typeof bytes === 'number') size += bytes;
    return size;
  }

  function layerDirectory(id: string): string {
    const foreign = store.additional.find(({ layers }) => layers.read().some((layer) => layer.id === id));
    const isOwn = store.readLayers().some((layer) => layer.id === id);
    return (isOwn || !foreign ? store : foreign).paths.layerDirectory(id);
  }

  async function change(id: string, edit: (image: ImageRecord) => ImageRecord, editOthers: (image: ImageRecord) => ImageRecord) {
    if (require(id).isForeign) throw readOnlyImage(id);
    await store.images.locked('write', (images) => {
      const image = images.get(id);
      if (!image) throw noSuchImage(id);
      const before = images.all();
      const after = before.map((other) => (other.id === id ? edit(other) : editOthers(other)));
      const changed = after.filter((other, index) => other !== before[index]);
      for (const other of changed) images.put(other);
      if (changed.length > 0) images.save();
    });
  }

  function topLayer({ record }: PlacedImage): string {
    if (record.layer) return record.layer;
    throw new InvalidStateError(`image ${record.id} has no file system to mount`, {
      code: 'image-without-layer',
      actual: 'a list of manifests or an image without layers',
      allowed: ['an image with layers'],
    });
  }

  /** Of its layers, the uppermost first. */
  function directoriesOf(image: PlacedImage): readonly string[] {
    return layerIdsBelow(topLayer(image), allLayers()).map((id) => join(layerDirectory(id), 'diff'));
  }

  async function made(id: string): Promise<Image> {
    return describe(require(id), allLayers());
  }

  return {
    specVersion: 'v1',

    async list() {
      const layers = allLayers();
      const images: Image[] = [];
      for (const image of placed()) images.push(await describe(image, layers));
      return images;
    },

    async lookup(reference) {
      const images = placed();
      const record = findImage(
        images.map((image) => image.record),
        reference,
      );
      const found = images.find((image) => image.record === record);
      return found && describe(found, allLayers());
    },

    async config(id) {
      const { record, paths } = require(id);
      return readConfig(paths, record);
    },

    async tidy() {
      if (!existsSync(store.paths.layerRecords)) return;
      await store.changeLayers(() => undefined);
      await store.close();
    },

    async manifest(id) {
      const { record, paths } = require(id);
      const document = readDocument(paths, record, defaultManifestKey);
      return { mediaType: mediaTypeOf(document), document };
    },

    async tag(id, name) {
      checkImageName(name);
      await change(
        id,
        (image) => withName(image, name),
        (image) => withoutName(image, name),
      );
    },

    async untag(id, name) {
      await change(
        id,
        (image) => withoutName(image, name),
        (image) => image,
      );
    },

    async remove(id, { keepParents = false } = {}) {
      if (require(id).isForeign) throw readOnlyImage(id);
      return removeImage(store, id, keepParents);
    },

    async mount(id) {
      const layerId = topLayer(require(id));
      return mountLayer(store, { layerId, readOnly: true, options: store.settings.mountOptions ?? [] });
    },

    async unmount(id, { force = false } = {}) {
      const image = placed().find(({ record }) => record.id === id);
      if (!image?.record.layer) return false;
      return unmountLayer(store, image.record.layer, force);
    },

    async openTree(id) {
      const layerId = topLayer(require(id));
      return openLayer(store, { layerId, options: store.settings.mountOptions ?? [] });
    },

    async mountAt(id, target) {
      const layerId = topLayer(require(id));
      mountLayerAt(store, { layerId, options: store.settings.mountOptions ?? [] }, target);
    },

    async mounts() {
      const counted = store.mounts.read().filter(({ count, path }) => count > 0 && isMountPoint(path));
      return placed().flatMap(({ record }) => {
        const mount = counted.find(({ id }) => id === record.layer);
        return mount ? [{ id: record.id, path: mount.path }] : [];
      });
    },

    async diff(id) {
      const { overlayChanges } = await import('@tspod/archive');
      const [upper = '', ...lowers] = directoriesOf(require(id));
      return overlayChanges(upper, lowers);
    },

    async graphDriver(id) {
      const [upper, ...lowers] = require(id).record.layer ? directoriesOf(require(id)) : [];
      if (upper === undefined) return { Name: 'overlay', Data: {} };
      const data = { UpperDir: upper, WorkDir: join(upper, '../work') };
      return { Name: 'overlay', Data: lowers.length > 0 ? { LowerDir: lowers.join(':'), ...data } : data };
    },

    async layers() {
      const own = store.readLayers();
      return allLayers().map((layer, index) => ({
        id: layer.id,
        parent: layer.parent || undefined,
        digest: layer['diff-digest'],
        size: Math.max(layer['diff-size'] ?? 0, 0),
        directory: join(index < own.length ? store.paths.layerDirectory(layer.id) : layerDirectory(layer.id), 'diff'),
      }));
    },

    async create(request) {
      request.names.forEach(checkImageName);
      const { makeImage } = await import('./make-image.ts');
      return made(await makeImage(store, request));
    },

    async createList(name, data) {
      checkImageName(name);
      const { makeImageList } = await import('./make-image.ts');
      return made(await makeImageList(store, name, data));
    },

    async data(id, key) {
      const { record, paths } = require(id);
      return readData(paths, record, key);
    },

    async putData(id, data) {
      if (require(id).isForeign) throw readOnlyImage(id);
      const { putImageData } = await import('./image-records.ts');
      await store.images.locked('write', (images) => {
        const image = images.get(id);
        if (!image) throw noSuchImage(id);
        putImageData(store.paths, images, image, data);
      });
    },
  };
}

function mediaTypeOf(manifest: unknown): string {
  if (isObject(manifest)) {
    if (typeof manifest.mediaType === 'string') return manifest.mediaType;
    if (Array.isArray(manifest.manifests)) return 'application/vnd.oci.image.index.v1+json';
    if (manifest.schemaVersion === 1) return 'application/vnd.docker.distribution.manifest.v1+json';
  }
  return 'application/vnd.oci.image.manifest.v1+json';
}

function isManifestList(paths: StorePaths, image: ImageRecord): boolean {
  if (!image['big-data-names']?.includes(defaultManifestKey)) return false;
  const document = readDocument(paths, image, defaultManifestKey);
  return isObject(document) && (Array.isArray(document.manifests) || document.manifests === null); // null: an empty one of podman's
}

function checkImageName(name: string): void {
  if (/^[^\s/:@][^\s]*\/[^\s]+$/.test(name)) return;
  throw new InvalidArgumentError(`"${name}" is no complete image name`, {
    code: 'invalid-image-name',
    hint: 'use a registry, a repository and a tag, e.g. localhost/web:v1',
  });
}

function readOnlyImage(id: string): InvalidStateError {
  return new InvalidStateError(`image ${id} is in an additional store, which is read-only`, {
    code: 'read-only-image',
    actual: 'read-only',
    allowed: ['in the own store'],
  });
}

function noSuchImage(id: string): NotFoundError {
  return new NotFoundError(`${id}: image not known`, { code: 'no-such-image' });
}
