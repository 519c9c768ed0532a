import type { RegistryAccess, SearchResult } from '../contracts/image-transport.ts';
import { RuntimeFailedError, UnavailableError } from '../errors.ts';
import type { RuntimeParts } from './parts.ts';

export interface SearchOptions extends RegistryAccess {
  /** Results of one registry. Default: 25. */
  readonly limit?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface FoundImage extends SearchResult {
  readonly registry: string;
}

const usualLimit = 25;

/** Asks the registry that the term begins with, or all search registries. Fails only when none of them answers. */
export async function searchImages(parts: RuntimeParts, text: string, options: SearchOptions): Promise<readonly FoundImage[]> {
  const { limit = 0, ...access } = options;
  const most = limit > 0 ? limit : usualLimit;
  const answers = await askEach(parts, text, async (registry, term) => {
    const results = await parts.transport.search({ ...access, registry, term, limit: most });
    return results.map((result) => ({ ...result, registry }));
  });
  return answers.flat();
}

/** The tags of a repository, by its complete name; of a short name in each search registry. */
export async function listTags(
  parts: RuntimeParts,
  text: string,
  access: RegistryAccess & { readonly limit?: number | undefined },
): Promise<readonly { readonly name: string; readonly tags: readonly string[] }[]> {
  const { limit = 0, ...rest } = access;
  return askEach(parts, text, async (registry, term) => {
    const name = `${registry}/${term}`;
    const tags = await parts.transport.tags(name, rest);
    return { name, tags: tags.slice(0, limit > 0 ? limit : usualLimit) };
  });
}

async function askEach<Answer>(
  { defaults }: RuntimeParts,
  text: string,
  ask: (registry: string, term: string) => Promise<Answer>,
): Promise<Answer[]> {
  const [first = '', ...rest] = text.split('/');
  const isRegistry = rest.length > 0 && (first === 'localhost' || /[.:]/.test(first));
  const registries = isRegistry ? [first] : defaults.searchRegistries;
  if (registries.length === 0) {
    throw new UnavailableError('no unqualified-search registries are defined, so there is nothing to search', {
      code: 'no-registries',
      hint: 'name a registry, as in quay.io/TERM, or define some in /etc/containers/registries.conf',
    });
  }
  const term = isRegistry ? rest.join('/') : text;
  const outcomes = await Promise.allSettled(registries.map((registry) => ask(registry, term)));
  const answers = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  if (answers.length > 0) return answers;
  const failures: unknown[] = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
  if (failures.length === 1) throw failures[0];
  const messages = failures.map((error) => (error instanceof Error ? error.message : String(error)));
  throw new RuntimeFailedError(`${failures.length} errors occurred:\n\t* ${messages.join('\n\t* ')}`, {
    code: 'transfer-failed',
    argv: [],
    cause: new AggregateError(failures),
  });
}
