import { mkdirSync, writeFileSync } from 'node:fs';
import { posix } from 'node:path';
import { InvalidArgumentError } from '../errors.ts';
import type { IdMaps } from '../isolation/id-maps.ts';
import type { RuntimeParts } from '../runtime/parts.ts';
import { RuntimeSecrets } from '../runtime/secrets.ts';
import { ownerOnHost } from './owner.ts';
import { checkSecretRequest } from './parse-secret.ts';
import { copiesBelow, copyOf } from './places.ts';
import type { ContainerSecret, SecretRequest } from './requests.ts';
import { variableText } from './variable-text.ts';

/** Where relative targets are. */
const defaultDirectory = '/run/secrets';

/** Secrets of a new container, with what they say now. */
export interface ResolvedSecrets {
  readonly secrets: readonly ContainerSecret[];
  /** At the same places as `secrets`. */
  readonly contents: readonly Uint8Array[];
}

/**
 * Finds the secrets that a container is to have.
 *
 * @param mounted where the container has mounts
 * @throws {NotFoundError} `no-such-secret`; {InvalidArgumentError} `ambiguous-secret`, `invalid-secret`.
 */
export async function resolveSecrets(
  parts: RuntimeParts,
  requests: readonly SecretRequest[],
  mounted: readonly string[],
): Promise<ResolvedSecrets> {
  const store = new RuntimeSecrets(parts);
  const secrets: ContainerSecret[] = [];
  const contents: Uint8Array[] = [];
  const taken = new Set(mounted);
  for (const request of requests) {
    checkSecretRequest(request);
    const { id, name } = await store.get(request.secret);
    const content = await store.content(id);
    const secret = secretOf(request, { id, name });
    if (secret.type === 'env') variableText(name, content);
    if (taken.has(secret.target)) throw invalid(`${secret.target}: duplicate ${secret.type} destination of secret ${name}`);
    taken.add(secret.target);
    secrets.push(secret);
    contents.push(content);
  }
  return { secrets, contents };
}

function secretOf(request: SecretRequest, { id, name }: { readonly id: string; readonly name: string }): ContainerSecret {
  const { type = 'mount', target = name, uid = 0, gid = 0, mode = 0o444 } = request;
  if (type === 'mount') return { type, id, name, target: filePath(target), uid, gid, mode };
  if (target === '' || /[=\0]/.test(target)) throw invalid(`"${target}" can't be the name of a variable for secret ${name}`);
  return { type, id, name, target };
}

function filePath(target: string): string {
  const path = posix.resolve(defaultDirectory, target);
  if (target !== '' && path !== '/' && path !== defaultDirectory && !path.includes('\0')) return path;
  throw invalid(`the target "${target}" is no path of a file for a secret`);
}

/**
 * Copies the files that a new container has of secrets: what becomes of a secret later does not matter to it. They go with the container.
 * @throws {InvalidArgumentError} `invalid-secret` for an owner that its user namespace does not know.
 */
export function copySecrets(staticDir: string, { secrets, contents }: ResolvedSecrets, idMaps: IdMaps | undefined): void {
  mkdirSync(copiesBelow(staticDir), { mode: 0o700 });
  for (const [index, secret] of secrets.entries()) {
    if (secret.type !== 'mount') continue;
    ownerOnHost(secret, idMaps);
    writeFileSync(copyOf(staticDir, index), contents[index] ?? '', { mode: 0o600, flag: 'wx', flush: true });
  }
}

function invalid(message: string): InvalidArgumentError {
  return new InvalidArgumentError(message, { code: 'invalid-secret' });
}
