import { checkType } from '../argument-types.ts';
import type { Image } from '../contracts/image-store.ts';
import type { Platform, RegistryAccess, TransferOptions } from '../contracts/image-transport.ts';
import { EngineError, InvalidArgumentError, NotFoundError, RuntimeFailedError } from '../errors.ts';
import { normaliseReference, registryReference, remoteReferences, repositoryPart } from '../reference.ts';
import { recordEvent } from './events.ts';
import { findImage } from './find-image.ts';
import type { RuntimeParts } from './parts.ts';

/** When an image is pulled: `missing` if it is not in the store, `newer` if the registry has another one than the store. */
export type PullPolicy = 'always' | 'missing' | 'never' | 'newer';

export interface PullOptions extends RegistryAccess, TransferOptions {
  /** Default: `always`. */
  readonly policy?: PullPolicy | undefined;
  /** Default: the machine's. */
  readonly platform?: Platform | undefined;
  /** Every tag of the repository. */
  readonly allTags?: boolean | undefined;
}

const pullPolicies: readonly string[] = ['always', 'missing', 'never', 'newer'] satisfies PullPolicy[];

/** @throws {InvalidArgumentError} `invalid-option` */
export function parsePullPolicy(text: string): PullPolicy {
  const policy = text === 'ifnewer' ? 'newer' : text === 'ifnotpresent' ? 'missing' : text.toLowerCase();
  if (pullPolicies.includes(policy)) return policy as PullPolicy;
  throw new InvalidArgumentError(`unsupported pull policy "${text}"`, {
    code: 'invalid-option',
    hint: `it is one of ${pullPolicies.join(', ')}`,
  });
}

/** Pulls what `name` stands for, and answers the images that it is now: several with `allTags`, or from an archive. */
export async function pullImages(parts: RuntimeParts, name: string, options: PullOptions): Promise<readonly Image[]> {
  checkType('the name of the image to pull', name, 'a string');
  const [, transport = 'docker', details = ''] =
    /^(docker|docker-archive|oci-archive|oci|dir|containers-storage):(.*)$/s.exec(name) ?? [];
  if (name.startsWith('docker://')) return pullFromRegistries(parts, registryReference(name.slice('docker://'.length)), options);
  if (details === '' || transport === 'docker') return pullFromRegistries(parts, name, options);
  if (options.allTags) {
    throw new InvalidArgumentError(`pulling all tags is not supported for ${transport} transport`, { code: 'invalid-option' });
  }
  if (transport === 'containers-storage') return [(await required(parts, details)).image];
  return pullFromFile(parts, transport, details, options);
}

async function pullFromFile(parts: RuntimeParts, transport: string, details: string, options: PullOptions): Promise<Image[]> {
  const { signal, onProgress, onBlob } = options;
  const colon = transport === 'dir' ? -1 : details.indexOf(':');
  if (colon === -1) {
    const loaded = await parts.transport.load({ path: details, signal, onProgress, onBlob });
    return Promise.all(loaded.map(async ({ id }) => (await required(parts, id)).image));
  }
  const name = normaliseReference(details.slice(colon + 1));
  const source = `${transport}:${details}`;
  await parts.transport.pull({ source, name, signal, onProgress, onBlob, platform: options.platform });
  return [await pulled(parts, name, options)];
}

async function pullFromRegistries(parts: RuntimeParts, name: string, options: PullOptions): Promise<readonly Image[]> {
  const { policy = 'always', allTags } = options;
  const candidates = remoteReferences(name, parts.defaults);
  const local = allTags ? undefined : await findImage(parts, name);
  if (local !== undefined && (policy === 'never' || policy === 'missing') && (await fits(parts, local.image, options.platform))) {
    return [local.image];
  }
  if (policy === 'never') throw unknownImage(name);
  if (local !== undefined && local.name === undefined) {
    throw new InvalidArgumentError(`${name}: cannot pull an image by its id: names of registries are needed`, {
      code: 'invalid-reference',
    });
  }
  // a short name that the store knows stands for what it stands for there
  const references = local?.name === undefined ? candidates.references : [local.name];
  if (references.length === 0) throw noRegistries(parts, name);
  refuseToGuess(parts, candidates.shortName, references);
  const tell = (line: string) => options.onProgress?.(line);
  if (local === undefined) for (const line of resolution(parts, candidates)) tell(line);

  const failures: unknown[] = [];
  for (const reference of references) {
    options.signal?.throwIfAborted();
    try {
      if (allTags) return await pullEveryTag(parts, repositoryPart(reference), options);
      if (local !== undefined && policy === 'newer' && !(await isNewer(parts, local.image, reference, options)))
        return [local.image];
      return [await pullReference(parts, reference, options)];
    } catch (error) {
      if (options.signal?.aborted) throw error;
      failures.push(error);
    }
  }
  throw severalFailures(failures);
}

async function pullEveryTag(parts: RuntimeParts, repository: string, options: PullOptions): Promise<Image[]> {
  const images: Image[] = [];
  for (const tag of await parts.transport.tags(repository, options)) {
    images.push(await pullReference(parts, `${repository}:${tag}`, options));
  }
  return images;
}

async function pullReference(parts: RuntimeParts, reference: string, options: PullOptions): Promise<Image> {
  options.onProgress?.(`Trying to pull ${reference}...`);
  const { policy: _, allTags: __, ...request } = options;
  await parts.transport.pull({ ...request, source: `docker://${reference}`, name: reference });
  return pulled(parts, reference, options);
}

async function pulled(parts: RuntimeParts, name: string, { platform, onProgress }: PullOptions): Promise<Image> {
  const image = await parts.images.lookup({ names: [name] });
  if (image === undefined) throw unknownImage(name, 'it was pulled, and then removed by another process');
  await recordEvent(parts, { type: 'image', action: 'pull', id: image.id, name });
  if (!(await fits(parts, image, platform))) {
    const { architecture, os, variant } = (await parts.images.config(image.id)) as Platform;
    const shown = (one: Platform) => `{${one.architecture ?? ''} ${one.os ?? ''}  [] ${one.variant ?? ''}}`;
    onProgress?.(
      `WARNING: image platform (${shown({ architecture, os, variant })}) does not match the expected platform (${shown({ os: 'linux', ...platform })})`,
    );
  }
  return image;
}

/** Whether an image is for the platform, as far as that says something. */
async function fits(parts: RuntimeParts, image: Image, platform: Platform | undefined): Promise<boolean> {
  if (platform === undefined || image.isManifestList) return true;
  const config = (await parts.images.config(image.id)) as Platform;
  return (['os', 'architecture', 'variant'] as const).every(
    (key) => platform[key] === undefined || platform[key] === config[key],
  );
}

async function isNewer(parts: RuntimeParts, image: Image, reference: string, options: PullOptions): Promise<boolean> {
  let remote: Awaited<ReturnType<typeof parts.transport.inspectRemote>>;
  try {
    const { policy: _, allTags: __, onProgress: ___, onBlob: ____, onWarning: _____, ...request } = options;
    remote = await parts.transport.inspectRemote({ ...request, source: `docker://${reference}` });
  } catch (error) {
    // what is there will do when the registry can't be asked
    if (options.signal?.aborted || !EngineError.isInstance(error)) throw error;
    return false;
  }
  return !image.digests.includes(remote.manifestDigest) && remote.configDigest !== `sha256:${image.id}`;
}

async function required(parts: RuntimeParts, reference: string) {
  const found = await findImage(parts, reference);
  if (found === undefined) throw unknownImage(reference);
  return found;
}

function unknownImage(name: string, hint?: string): NotFoundError {
  return new NotFoundError(`${name}: image not known`, { code: 'no-such-image', hint });
}

function resolution(
  { defaults }: RuntimeParts,
  { shortName, isAlias }: { readonly shortName: string | undefined; readonly isAlias: boolean },
): string[] {
  if (shortName === undefined) return [];
  const { searchRegistries, aliases } = defaults.shortNameRules;
  return isAlias
    ? [`Resolved "${shortName}" as an alias (${aliases[shortName] ?? ''})`]
    : [`Resolving "${shortName}" using unqualified-search registries (${searchRegistries ?? ''})`];
}

function noRegistries({ defaults }: RuntimeParts, name: string): NotFoundError {
  const file = defaults.shortNameRules.searchRegistries ?? '/etc/containers/registries.conf';
  return new NotFoundError(
    `short-name "${name}" did not resolve to an alias and no unqualified-search registries are defined in "${file}"`,
    {
      code: 'no-such-image',
      hint: `give the complete name, as in docker.io/library/${name}, or load the image with \`tspod load\``,
    },
  );
}

/** In this mode a person has to choose; here nobody can be asked. */
function refuseToGuess({ defaults }: RuntimeParts, shortName: string | undefined, references: readonly string[]): void {
  if (shortName === undefined || references.length < 2 || defaults.shortNameRules.mode !== 'enforcing') return;
  throw new InvalidArgumentError(`short-name resolution enforced but "${shortName}" may be any of ${references.join(', ')}`, {
    code: 'ambiguous-short-name',
    hint: 'give the complete name',
  });
}

function severalFailures(failures: readonly unknown[]): unknown {
  if (failures.length === 1) return failures[0];
  const messages = failures.map((error) => (error instanceof Error ? error.message : String(error)));
  return new RuntimeFailedError(`${failures.length} errors occurred while pulling:\n * ${messages.join('\n * ')}`, {
    code: 'transfer-failed',
    argv: [],
    cause: new AggregateError(failures),
  });
}
