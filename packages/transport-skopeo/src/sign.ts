import { createHash } from 'node:crypto';
import { copyFile, mkdir, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  InvalidArgumentError,
  NotFoundError,
  RuntimeFailedError,
  registryReference,
  repositoryPart,
  type SignRequest,
} from '@tspod/core';
import { type Environment, runHelper } from './helper.ts';
import { registryFlags } from './registry-flags.ts';
import type { SkopeoSettings } from './settings.ts';
import { prepareSkopeo } from './skopeo.ts';
import { temporaryParent, withTemporaryDirectory } from './temporary.ts';
import { transferError } from './transfer-error.ts';

/** Makes simple signatures as `podman image sign` does: `<directory>/<path without registry>@sha256=<hex>/signature-<n>`. */
export async function sign(settings: SkopeoSettings, env: Environment, request: SignRequest): Promise<readonly string[]> {
  const { source, signal } = request;
  const [, given] = /^docker:\/\/(.+)$/.exec(source) ?? [];
  if (given === undefined) {
    throw new InvalidArgumentError(`${source}: only images in registries can be signed (docker://…)`, {
      code: 'invalid-reference',
      hint: 'push the image first',
    });
  }
  const name = registryReference(given);
  const repository = repositoryPart(name);
  const path = repository.slice(repository.indexOf('/') + 1);
  await requireKey(request.identity, env, signal);
  try {
    return await withTemporaryDirectory(temporaryParent(settings, env), async (temporary) => {
      const skopeo = await prepareSkopeo(settings, env, temporary);
      const flags = registryFlags(request, '', source, temporary);
      const signOne = async (place: string): Promise<{ path: string; manifest: Uint8Array }> => {
        const manifest = await skopeo({ argv: ['inspect', '--raw', ...flags, place], signal });
        const [manifestFile, signature] = [join(temporary, 'manifest'), join(temporary, 'signature')];
        await writeFile(manifestFile, manifest);
        await skopeo({ argv: ['standalone-sign', manifestFile, name, request.identity, '--output', signature], signal });
        const digest = createHash('sha256').update(manifest).digest('hex');
        return { path: await keep(signature, join(request.directory, `${path}@sha256=${digest}`)), manifest };
      };
      const { path: first, manifest } = await signOne(source);
      const paths = [first];
      for (const digest of request.all ? digestsIn(manifest) : []) {
        paths.push((await signOne(`docker://${repository}@${digest}`)).path);
      }
      return paths;
    });
  } catch (error) {
    throw transferError(error, source);
  }
}

async function requireKey(identity: string, env: Environment, signal: AbortSignal | undefined): Promise<void> {
  try {
    const argv = ['gpg', '--batch', '--with-colons', '--list-secret-keys', '--', identity] as const;
    await runHelper({ argv, env, debianPackage: 'gnupg', signal });
  } catch (cause) {
    if (!(cause instanceof RuntimeFailedError)) throw cause;
    throw new NotFoundError(`there is no secret key of "${identity}" to sign with`, {
      code: 'no-signing-key',
      hint: 'see `gpg --list-secret-keys`, or make one with `gpg --gen-key`',
      cause,
    });
  }
}

/** Moves the signature to the first free number of the directory. */
async function keep(signature: string, directory: string): Promise<string> {
  await mkdir(directory, { recursive: true });
  const taken = new Set(await readdir(directory));
  let number = 1;
  while (taken.has(`signature-${number}`)) number += 1;
  const path = join(directory, `signature-${number}`);
  const draft = `${path}.${process.pid}`;
  await copyFile(signature, draft);
  await rename(draft, path);
  return path;
}

function digestsIn(manifest: Uint8Array): readonly string[] {
  const { manifests } = JSON.parse(Buffer.from(manifest).toString()) as { manifests?: readonly { digest: string }[] };
  return (manifests ?? []).map(({ digest }) => digest).filter((digest) => /^sha256:[0-9a-f]{64}$/.test(digest));
}
