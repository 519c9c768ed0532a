import { existsSync, linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where podman and buildah look for the programs of CNI. */
const pluginDirectories = ['/usr/local/libexec/cni', '/usr/libexec/cni', '/usr/local/lib/cni', '/usr/lib/cni', '/opt/cni/bin'];

/**
 * Notes for podman and buildah that netavark makes the networks of this store, as they do themselves when they see a store first. In one that has
 * images already they would take CNI, which most machines don't have any more. That is left to them where CNI can work: what is
 * there may be in its networks.
 */
export function settleNetworkBackend(graphRoot: string): void {
  const path = join(graphRoot, 'defaultNetworkBackend');
  if (existsSync(path)) return;
  const isInUse = ['images', 'containers'].some((kind) => hasRecords(join(graphRoot, `overlay-${kind}`, `${kind}.json`)));
  if (isInUse && pluginDirectories.some((directory) => existsSync(join(directory, 'bridge')))) return;
  const draft = `${path}.${process.pid}`;
  try {
    writeFileSync(draft, 'netavark', { mode: 0o644 });
    linkSync(draft, path);
  } catch (error) {
    // who was quicker has decided; a store that can't be written says so to whoever has to
    if (!['EEXIST', 'EROFS', 'ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

function hasRecords(path: string): boolean {
  return existsSync(path) && readFileSync(path, 'utf8').includes('"id"');
}
