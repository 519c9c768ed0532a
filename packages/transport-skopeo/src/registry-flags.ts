import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Platform, RegistryAccess } from '@tspod/core';
import { registryOf } from './registry-of.ts';

/**
 * skopeo's flags for talking to the registry of `place`. Credentials go through a file that only root reads: an argument would be
 * seen by everybody.
 *
 * @param side `src-` or `dest-` of `skopeo copy`; empty for its other commands
 * @param directory in which to make files
 */
export function registryFlags(
  { authFile, credentials, certificateDirectory, tlsVerify }: RegistryAccess,
  side: 'src-' | 'dest-' | '',
  place: string,
  directory: string,
): string[] {
  const file = credentials === undefined ? authFile : writeCredentials(credentials, registryOf(place), directory);
  return [
    ...(file === undefined ? [] : ['--authfile', file]),
    ...(certificateDirectory === undefined ? [] : [`--${side}cert-dir`, certificateDirectory]),
    ...(tlsVerify === undefined ? [] : [`--${side}tls-verify=${tlsVerify}`]),
  ];
}

function writeCredentials(
  { username, password }: { readonly username: string; readonly password: string },
  registry: string,
  directory: string,
): string {
  const path = join(directory, 'auth.json');
  mkdirSync(directory, { recursive: true });
  const auth = Buffer.from(`${username}:${password}`).toString('base64');
  // containers tools look docker.io up by the first name, other users of the file by the second
  const keys = registry === 'docker.io' ? ['docker.io', 'https://index.docker.io/v1/'] : [registry];
  writeFileSync(path, JSON.stringify({ auths: Object.fromEntries(keys.map((key) => [key, { auth }])) }), { mode: 0o600 });
  return path;
}

/** Global flags, before the command. */
export function platformFlags({ os, architecture, variant }: Platform = {}): string[] {
  return [
    ...(os === undefined ? [] : ['--override-os', os]),
    ...(architecture === undefined ? [] : ['--override-arch', architecture]),
    ...(variant === undefined ? [] : ['--override-variant', variant]),
  ];
}
