import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { InvalidArgumentError } from '@tspod/core';
import { parse } from 'yaml';
import type { Context } from './context.ts';

/** Where signatures of images are kept, as URLs: containers-registries.d(5). */
export interface SignatureStore {
  /** Where they are read. */
  readonly lookaside: string | undefined;
  /** Where they are written, if that is another place. */
  readonly staging: string | undefined;
}

export interface SignatureStores {
  /** Of everything that has no entry of its own. */
  readonly usual: SignatureStore | undefined;
  /** By registry, repository or a part of its path. */
  readonly byScope: ReadonlyMap<string, SignatureStore>;
}

/** The directory that is given, the user's own if there is one, else the system's. */
export function registriesDirectory(given: string | undefined, { environment }: Context): string {
  if (given !== undefined) return given;
  const own = join(environment.HOME ?? '/root', '.config/containers/registries.d');
  return existsSync(own) ? own : '/etc/containers/registries.d';
}

/** @throws {InvalidArgumentError} `invalid-configuration`, naming the file */
export function readSignatureStores(directory: string): SignatureStores {
  const files = existsSync(directory) ? readdirSync(directory).filter((name) => name.endsWith('.yaml')) : [];
  let usual: SignatureStore | undefined;
  const byScope = new Map<string, SignatureStore>();
  for (const path of files.sort().map((name) => join(directory, name))) {
    const document = readDocument(path);
    if (isObject(document['default-docker'])) usual = storeOf(document['default-docker']);
    for (const [scope, entry] of Object.entries(isObject(document.docker) ? document.docker : {})) {
      if (isObject(entry)) byScope.set(scope, storeOf(entry));
    }
  }
  return { usual, byScope };
}

/** The store of a complete reference: that of the longest scope it lies in. */
export function signatureStoreOf({ usual, byScope }: SignatureStores, reference: string): SignatureStore | undefined {
  const [name = ''] = reference.split('@');
  const repository = name.replace(/:[^:/]*$/, '');
  const parts = repository.split('/');
  const scopes = [name, ...parts.map((_, index) => parts.slice(0, parts.length - index).join('/'))];
  const found = scopes.find((scope) => byScope.has(scope));
  return found === undefined ? usual : byScope.get(found);
}

/** `lookaside` was called `sigstore` before; both are in use. */
function storeOf(entry: Readonly<Record<string, unknown>>): SignatureStore {
  const text = (...names: readonly string[]) =>
    names.map((name) => entry[name]).find((value): value is string => typeof value === 'string' && value !== '');
  return { lookaside: text('lookaside', 'sigstore'), staging: text('lookaside-staging', 'sigstore-staging') };
}

function readDocument(path: string): Readonly<Record<string, unknown>> {
  try {
    const document: unknown = parse(readFileSync(path, 'utf8'));
    if (document === null) return {};
    if (isObject(document)) return document;
    throw new SyntaxError('it is no mapping');
  } catch (cause) {
    if (cause instanceof Error && 'syscall' in cause) throw cause;
    throw new InvalidArgumentError(`${path}: ${cause instanceof Error ? cause.message : String(cause)}`, {
      code: 'invalid-configuration',
      hint: 'see containers-registries.d(5)',
      cause,
    });
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
