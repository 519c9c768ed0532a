import { createHash } from 'node:crypto';
import type { PullRequest, RegistryAccess, RemoteImage, RemoteRequest } from '@tspod/core';
import { copyIntoStore } from './copy-into-store.ts';
import type { Environment } from './helper.ts';
import { platformFlags, registryFlags } from './registry-flags.ts';
import { retrying } from './retry.ts';
import type { SkopeoSettings } from './settings.ts';
import { prepareSkopeo } from './skopeo.ts';
import { temporaryParent, withTemporaryDirectory } from './temporary.ts';
import { transferError } from './transfer-error.ts';
import { withTransfer } from './transfers.ts';

export async function pull(settings: SkopeoSettings, env: Environment, request: PullRequest): Promise<void> {
  const { source, name, platform, signal, removeSignatures } = request;
  signal?.throwIfAborted();
  try {
    await withTransfer(settings.graphRoot, temporaryParent(settings, env), async (transfer) => {
      const skopeo = await prepareSkopeo(settings, env, transfer.directory);
      const argv = [
        ...platformFlags(platform),
        'copy',
        ...registryFlags(request, 'src-', source, transfer.directory),
        ...(removeSignatures ? ['--remove-signatures'] : []),
        source,
      ];
      const copy = { skopeo, transfer, graphRoot: settings.graphRoot, options: request };
      await retrying(source, request, () => copyIntoStore(copy, { argv, name }));
    });
  } catch (error) {
    throw transferError(error, source);
  }
}

export async function inspectRemote(settings: SkopeoSettings, env: Environment, request: RemoteRequest): Promise<RemoteImage> {
  const { source, platform, signal } = request;
  try {
    return await withTemporaryDirectory(temporaryParent(settings, env), async (directory) => {
      const skopeo = await prepareSkopeo(settings, env, directory);
      const flags = registryFlags(request, '', source, directory);
      const inspect = (...what: readonly string[]) =>
        skopeo({ argv: [...platformFlags(platform), 'inspect', ...flags, ...what, source], signal });
      const [config, document] = await Promise.all([inspect('--raw', '--config'), inspect('--no-tags')]);
      const { Digest: manifestDigest } = JSON.parse(Buffer.from(document).toString());
      return { manifestDigest, configDigest: `sha256:${createHash('sha256').update(config).digest('hex')}` };
    });
  } catch (error) {
    throw transferError(error, source);
  }
}

export async function readRemote(
  settings: SkopeoSettings,
  env: Environment,
  request: RemoteRequest,
): Promise<{ readonly manifest: Uint8Array; readonly config: Uint8Array | undefined }> {
  const { source, platform, signal } = request;
  try {
    return await withTemporaryDirectory(temporaryParent(settings, env), async (directory) => {
      const skopeo = await prepareSkopeo(settings, env, directory);
      const flags = ['--raw', ...registryFlags(request, '', source, directory)];
      const manifest = await skopeo({ argv: ['inspect', ...flags, source], signal });
      if (isList(manifest)) return { manifest, config: undefined };
      return {
        manifest,
        config: await skopeo({ argv: [...platformFlags(platform), 'inspect', '--config', ...flags, source], signal }),
      };
    });
  } catch (error) {
    throw transferError(error, source);
  }
}

function isList(manifest: Uint8Array): boolean {
  try {
    return Array.isArray(JSON.parse(Buffer.from(manifest).toString()).manifests);
  } catch (error) {
    if (error instanceof SyntaxError) return false; // skopeo will say what is wrong with it
    throw error;
  }
}

export async function tags(
  settings: SkopeoSettings,
  env: Environment,
  repository: string,
  access: RegistryAccess = {},
): Promise<readonly string[]> {
  const place = `docker://${repository}`;
  try {
    return await withTemporaryDirectory(temporaryParent(settings, env), async (directory) => {
      const skopeo = await prepareSkopeo(settings, env, directory);
      const answer = await skopeo({ argv: ['list-tags', ...registryFlags(access, '', place, directory), place] });
      const { Tags: list } = JSON.parse(Buffer.from(answer).toString());
      return list ?? [];
    });
  } catch (error) {
    throw transferError(error, place);
  }
}
