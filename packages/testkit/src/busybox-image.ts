import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import type { ImageConfig, ImageRunConfig } from '@tspod/core';
import { type TarEntry, writeTar } from './tar-writer.ts';

export interface BusyboxImage {
  /** Complete reference that the archive gives to the image, e.g. `localhost/busybox:latest`. */
  readonly name: string;
  /** One more layer for each: path without leading slash → content. Missing parents are made. */
  readonly layers?: readonly Readonly<Record<string, string>>[] | undefined;
  /** Replaces fields of the default configuration (PATH, command `sh`). */
  readonly config?: ImageRunConfig | undefined;
  /** A statically linked busybox. Default: `/bin/busybox`, Debian's busybox-static. */
  readonly busybox?: string | undefined;
}

/** 2024-01-01, so that equal requests make equal images. */
const madeAt = 1_704_067_200;

/**
 * Writes a small, complete image as a docker-archive, which `skopeo copy docker-archive:…`, `podman load` and `tspod load` read:
 * busybox with all its applets, the usual directories, and users. Needs no network and no other image.
 */
export function writeBusyboxArchive(path: string, image: BusyboxImage): void {
  const layers = [baseEntries(image.busybox ?? '/bin/busybox'), ...(image.layers ?? []).map(layerEntries)].map((entries) =>
    writeTar(entries, madeAt),
  );
  const created = new Date(madeAt * 1000).toISOString();
  const config: ImageConfig = {
    architecture: process.arch === 'x64' ? 'amd64' : process.arch,
    os: 'linux',
    created,
    config: {
      Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
      Cmd: ['sh'],
      WorkingDir: '/',
      ...image.config,
    },
    rootfs: { type: 'layers', diff_ids: layers.map((layer) => `sha256:${sha256(layer)}`) },
    history: layers.map((_, index) => ({ created, created_by: index === 0 ? 'busybox' : `layer ${index}` })),
  };
  const configText = JSON.stringify(config);
  const configName = `${sha256(configText)}.json`;
  const layerNames = layers.map((layer) => `${sha256(layer)}.tar`);
  const manifest = [{ Config: configName, RepoTags: [image.name], Layers: layerNames }];
  const blobs = new Map(layers.map((layer, index) => [layerNames[index] ?? '', layer]));
  const entries: TarEntry[] = [
    ...[...blobs].map(([name, content]): TarEntry => ({ kind: 'file', path: name, content })),
    { kind: 'file', path: configName, content: configText },
    { kind: 'file', path: 'manifest.json', content: JSON.stringify(manifest) },
  ];
  writeFileSync(path, writeTar(entries, madeAt));
}

function baseEntries(busybox: string): readonly TarEntry[] {
  const applets = execFileSync(busybox, ['--list'], { encoding: 'utf8' })
    .split('\n')
    .filter((name) => name && name !== 'busybox');
  const directory = (path: string, mode?: number): TarEntry => ({ kind: 'directory', path, ...(mode && { mode }) });
  return [
    directory('bin'),
    { kind: 'file', path: 'bin/busybox', mode: 0o755, content: readFileSync(busybox) },
    ...applets.sort().map((name): TarEntry => ({ kind: 'symlink', path: `bin/${name}`, target: 'busybox' })),
    ...['dev', 'etc'].map((path) => directory(path)),
    { kind: 'file', path: 'etc/group', content: 'root:x:0:\nbin:x:1:\nusers:x:100:user\nuser:x:1000:\nnogroup:x:65534:\n' },
    {
      kind: 'file',
      path: 'etc/passwd',
      content: [
        'root:x:0:0:root:/root:/bin/sh',
        'bin:x:1:1:bin:/bin:/bin/false',
        'user:x:1000:1000:user:/home/user:/bin/sh',
        'nobody:x:65534:65534:nobody:/:/bin/false',
        '',
      ].join('\n'),
    },
    { kind: 'file', path: 'etc/shadow', mode: 0o640, content: 'root:*:::::::\nuser:*:::::::\n' },
    ...['home', 'home/user', 'proc'].map((path) => directory(path)),
    directory('root', 0o700),
    ...['run', 'sys'].map((path) => directory(path)),
    directory('tmp', 0o1777),
    ...['usr', 'usr/bin', 'usr/sbin', 'var', 'var/log'].map((path) => directory(path)),
    directory('var/tmp', 0o1777),
    { kind: 'symlink', path: 'sbin', target: 'bin' },
  ];
}

function layerEntries(files: Readonly<Record<string, string>>): readonly TarEntry[] {
  const directories = new Set(
    Object.keys(files).flatMap((path) => {
      const parts = path.split('/').slice(0, -1);
      return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
    }),
  );
  return [
    ...[...directories].sort().map((path): TarEntry => ({ kind: 'directory', path })),
    ...Object.entries(files).map(([path, content]): TarEntry => ({ kind: 'file', path, content })),
  ];
}

function sha256(content: Uint8Array | string): string {
  return createHash('sha256').update(content).digest('hex');
}
