import type { SearchRequest, SearchResult } from '@tspod/core';
import type { Environment } from './helper.ts';
import { RegistryClient } from './registry-client.ts';
import type { SkopeoSettings } from './settings.ts';
import { storedCredentials } from './stored-credentials.ts';

/** Pages of a catalog that are read at most, so that a registry that goes on for ever can't keep us. */
const mostPages = 1000;

/** Docker Hub and its kind have a search of their own (version 1 of the interface); others have a catalog (version 2). */
export async function search(
  settings: SkopeoSettings,
  env: Environment,
  request: SearchRequest,
): Promise<readonly SearchResult[]> {
  const { registry, term, limit, authFile, credentials, certificateDirectory, tlsVerify, signal } = request;
  const insecure = tlsVerify === undefined ? (settings.isInsecure?.(registry) ?? false) : !tlsVerify;
  const client = new RegistryClient({
    registry,
    credentials: credentials ?? storedCredentials(registry, authFile, env),
    certificateDirectory,
    insecure,
    signal,
  });
  if (term !== '') {
    const found = await client.get(`/v1/search?q=${encodeURIComponent(term)}&n=${limit}`);
    if (found !== undefined) return resultsOfSearch(registry, found.document).slice(0, limit);
  }
  return searchCatalog(client, registry, term, limit);
}

async function searchCatalog(client: RegistryClient, registry: string, term: string, limit: number): Promise<SearchResult[]> {
  const results: SearchResult[] = [];
  let path: string | undefined = '/v2/_catalog';
  for (let page = 0; path !== undefined && page < mostPages && results.length < limit; page += 1) {
    const answer = await client.get(path);
    const { repositories } = (answer?.document ?? {}) as { readonly repositories?: readonly unknown[] };
    for (const repository of repositories ?? []) {
      if (typeof repository !== 'string' || !repository.includes(term) || results.length >= limit) continue;
      results.push({ name: `${registry}/${repository}`, description: '', stars: 0, isOfficial: false, isAutomated: false });
    }
    path = answer?.next?.startsWith('/') ? answer.next : undefined;
  }
  return results;
}

function resultsOfSearch(registry: string, document: unknown): SearchResult[] {
  const { results } = (document ?? {}) as { readonly results?: readonly Record<string, unknown>[] };
  return (results ?? []).map((result) => ({
    name: `${registry}/${registry === 'docker.io' && !String(result.name).includes('/') ? 'library/' : ''}${String(result.name)}`,
    description: typeof result.description === 'string' ? result.description : '',
    stars: Number(result.star_count ?? 0),
    isOfficial: result.is_official === true,
    isAutomated: result.is_automated === true,
  }));
}
