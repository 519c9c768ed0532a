import { InvalidArgumentError } from './errors.ts';

/** How short names become complete ones. */
export interface ShortNames {
  /** `unqualified-search-registries`, in order. */
  readonly searchRegistries: readonly string[];
  /** `[aliases]`: short name to complete repository. */
  readonly shortNameAliases: Readonly<Record<string, string>>;
}

/** A reference in its parts, as written. */
interface Reference {
  /** `localhost`, `quay.io`, `127.0.0.1:5000`; undefined for a short name. */
  readonly registry: string | undefined;
  readonly path: string;
  readonly tag: string | undefined;
  readonly digest: string | undefined;
}

const component = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const pathPattern = new RegExp(`^${component}(?:/${component})*$`);
const tagPattern = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const digestPattern = /^[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[0-9a-f]{32,}$/i;
const registryPattern =
  /^(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*|\[[0-9a-fA-F:]+\])(?::[0-9]+)?$/;
const longestName = 255;

/**
 * The complete references that a name may stand for in the local store, in podman's order. A name with a registry stands for itself.
 * A short one is first its alias, then `localhost/…`, then it is tried with each search registry and, last, docker.io.
 *
 * @throws {InvalidArgumentError} `invalid-reference`.
 */
export function candidateReferences(name: string, shortNames: ShortNames): string[] {
  const reference = parseReference(name);
  const suffix = suffixOf(reference);
  if (reference.registry !== undefined) return [`${withLibrary(reference.registry, reference.path)}${suffix}`];
  const { searchRegistries, shortNameAliases } = shortNames; // not before: they may have to be read
  const alias = Object.hasOwn(shortNameAliases, reference.path) ? shortNameAliases[reference.path] : undefined;
  const repositories = [
    ...(alias === undefined ? [] : [alias]),
    `localhost/${reference.path}`,
    ...[...searchRegistries, 'docker.io'].map((registry) => withLibrary(registry, reference.path)),
  ];
  return [...new Set(repositories)].map((repository) => `${repository}${suffix}`);
}

/**
 * Where a name may be pulled from, in the order in which registries are to be asked. A short one is its alias, or else it is asked
 * for in each search registry.
 *
 * @throws {InvalidArgumentError} `invalid-reference`.
 */
export function remoteReferences(
  name: string,
  shortNames: ShortNames,
): { readonly references: readonly string[]; readonly shortName: string | undefined; readonly isAlias: boolean } {
  const reference = parseReference(name);
  const { registry, path } = reference;
  const suffix = suffixOf(reference);
  if (registry !== undefined)
    return { references: [`${withLibrary(registry, path)}${suffix}`], shortName: undefined, isAlias: false };
  const { searchRegistries, shortNameAliases } = shortNames;
  const alias = Object.hasOwn(shortNameAliases, path) ? shortNameAliases[path] : undefined;
  const repositories = alias === undefined ? searchRegistries.map((one) => withLibrary(one, path)) : [alias];
  return { references: repositories.map((one) => `${one}${suffix}`), shortName: path, isAlias: alias !== undefined };
}

/**
 * The complete reference that stands for a name in a registry: a short one is docker.io's.
 * @throws {InvalidArgumentError} `invalid-reference`.
 */
export function registryReference(name: string): string {
  const reference = parseReference(name);
  return `${withLibrary(reference.registry ?? 'docker.io', reference.path)}${suffixOf(reference)}`;
}

/** A complete reference without its tag or digest. */
export function repositoryPart(reference: string): string {
  const [name = ''] = reference.split('@');
  const colon = name.indexOf(':', name.lastIndexOf('/') + 1);
  return colon === -1 ? name : name.slice(0, colon);
}

/**
 * The complete reference that a new name becomes: a short one gets `localhost/`, one without a tag `:latest`.
 * @throws {InvalidArgumentError} `invalid-reference`, also for a name with a digest, which can't be chosen.
 */
export function normaliseReference(name: string): string {
  const reference = parseReference(name);
  if (reference.digest !== undefined) throw invalid(name, 'a new name can have a tag, but no digest');
  const repository = withLibrary(reference.registry ?? 'localhost', reference.path);
  return `${repository}${suffixOf(reference)}`;
}

function suffixOf({ tag, digest }: Reference): string {
  if (digest !== undefined) return `@${digest}`; // a tag beside a digest says nothing more
  return `:${tag ?? 'latest'}`;
}

/** Docker Hub's own images are in `library/`. */
function withLibrary(registry: string, path: string): string {
  const name = registry === 'index.docker.io' ? 'docker.io' : registry;
  return name === 'docker.io' && !path.includes('/') ? `docker.io/library/${path}` : `${name}/${path}`;
}

function parseReference(text: string): Reference {
  const [beforeDigest = '', digest, ...more] = text.split('@');
  if (more.length > 0 || (digest !== undefined && !digestPattern.test(digest))) throw invalid(text, 'invalid reference format');
  const lastSlash = beforeDigest.lastIndexOf('/');
  const colon = beforeDigest.indexOf(':', lastSlash + 1);
  const tag = colon === -1 ? undefined : beforeDigest.slice(colon + 1);
  if (tag !== undefined && !tagPattern.test(tag)) throw invalid(text, 'invalid reference format');
  const name = colon === -1 ? beforeDigest : beforeDigest.slice(0, colon);

  const firstSlash = name.indexOf('/');
  const first = name.slice(0, Math.max(firstSlash, 0));
  const hasRegistry = first === 'localhost' || /[.:]/.test(first) || first.toLowerCase() !== first;
  const registry = hasRegistry ? first : undefined;
  const path = hasRegistry ? name.slice(firstSlash + 1) : name;
  if (registry !== undefined && !registryPattern.test(registry)) throw invalid(text, 'invalid reference format');
  if (/[A-Z]/.test(path)) throw invalid(text, 'repository name must be lowercase');
  if (!pathPattern.test(path) || name.length > longestName) throw invalid(text, 'invalid reference format');
  return { registry, path, tag, digest };
}

function invalid(text: string, why: string): InvalidArgumentError {
  return new InvalidArgumentError(`normalizing name "${text}": ${why}`, {
    code: 'invalid-reference',
    hint: 'a name is [REGISTRY/]PATH[:TAG] or [REGISTRY/]PATH@DIGEST',
  });
}
