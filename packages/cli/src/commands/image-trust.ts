import { execFile } from 'node:child_process';
import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import {
  InvalidArgumentError,
  NotFoundError,
  type TrustEntry,
  type TrustPolicy,
  trustEntries,
  trustTypes,
  withTrust,
} from '@tspod/core';
import type { Context } from '../context.ts';
import { defineCommand } from '../grammar/command.ts';
import type { FlagTable, FlagValues } from '../grammar/flags.ts';
import { UsageError } from '../grammar/usage-error.ts';
import { readSignatureStores, registriesDirectory, signatureStoreOf } from '../signature-stores.ts';
import { policyPath, readPolicy, readPolicyText } from '../trust-file.ts';

const flags = {
  json: { kind: 'bool', shorthand: 'j', help: 'show: as JSON' },
  noheading: { kind: 'bool', shorthand: 'n', help: 'show: without the heading' },
  raw: { kind: 'bool', help: 'show: the policy file as it is' },
  pubkeysfile: { kind: 'stringArray', shorthand: 'f', help: 'set: file with public keys that images have to be signed with' },
  type: { kind: 'string', shorthand: 't', default: 'signedBy', help: `set: what is wanted: ${trustTypes.join(', ')}` },
  registrypath: { kind: 'string', hidden: true, help: 'show: directory of registries.d, in place of the usual one' },
  policypath: { kind: 'string', help: 'Policy file, in place of the one that containers tools share' },
} as const satisfies FlagTable;

export const command = defineCommand({
  description: [
    'show: shows which images from elsewhere are taken, for all registries or for one.',
    'set: says which images of a registry or repository are taken, or, for "default", of all others.',
  ],
  usage: 'show|set [options] [REGISTRY]',
  examples: [
    'image trust show --json quay.io/me',
    'image trust set --type reject default',
    'image trust set --pubkeysfile /etc/pki/containers/me.gpg quay.io/me',
  ],
  flags,
  positional: { minimum: 0, maximum: Number.POSITIVE_INFINITY },
  async run({ flags: values, positional: [action, ...names], context }) {
    const path = policyPath(values.policypath, context);
    if (action === 'show') {
      if (names.length > 1) throw new UsageError(`accepts at most 1 arg(s), received ${names.length}`);
      await show(path, names[0], values, context);
    } else if (action === 'set') {
      if (names.length !== 1) throw new UsageError(`accepts 1 arg(s), received ${names.length}`);
      set(path, names[0] ?? '', values, context.workingDirectory);
    } else throw new UsageError('say `image trust show` or `image trust set`');
    return 0;
  },
});

type Values = FlagValues<typeof flags>;

async function show(path: string, registry: string | undefined, values: Values, context: Context): Promise<void> {
  const { output } = context;
  if (values.raw) {
    output.line(readPolicyText(path));
    return;
  }
  const entries = trustEntries(readPolicy(path)).filter(({ scope }) => registry === undefined || covers(scope, registry));
  const stores = readSignatureStores(registriesDirectory(values.registrypath, context));
  const storeOf = ({ transport, scope }: TrustEntry) =>
    transport === 'repository' || transport === 'all' ? (signatureStoreOf(stores, scope)?.lookaside ?? '') : '';
  const rows = await Promise.all(
    entries.map(async (entry) => ({ ...entry, keys: await keyNames(entry), store: storeOf(entry) })),
  );
  if (values.json) {
    const documents = rows.map(({ transport, scope, type, keys, store }) => ({
      transport,
      ...(scope !== '' && { name: scope === 'default' ? '* (default)' : scope, repo_name: scope }),
      ...(store !== '' && { sigstore: store }),
      type,
      ...(keys !== '' && { gpg_id: keys }),
    }));
    output.json(documents, 2);
    return;
  }
  type Row = (typeof rows)[number];
  const columns = [
    { title: 'TRANSPORT', cell: ({ transport }: Row) => transport },
    { title: 'NAME', cell: ({ scope }: Row) => scope },
    { title: 'TYPE', cell: ({ type }: Row) => type },
    { title: 'ID', cell: ({ keys }: Row) => keys },
    { title: 'STORE', cell: ({ store }: Row) => store },
  ];
  output.table(columns, rows, { heading: !values.noheading });
}

function set(path: string, scope: string, values: Values, workingDirectory: string): void {
  const type = trustTypes.find((known) => known === values.type);
  if (type === undefined) {
    const choices = trustTypes.map((known) => `'${known}'`).join(', ');
    throw new InvalidArgumentError(`invalid choice: ${values.type} (choose from ${choices})`, { code: 'invalid-trust' });
  }
  const keys = values.pubkeysfile.map((key) => resolve(workingDirectory, key));
  for (const key of keys) {
    if (!existsSync(key)) throw new NotFoundError(`stat ${key}: no such file or directory`, { code: 'no-such-file' });
  }
  const policy = JSON.stringify(withTrust(policyToChange(path, scope), scope, type, keys), null, 4);
  const draft = `${path}.${process.pid}`;
  try {
    writeFileSync(draft, policy, { flush: true });
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}

/** A file that is not there begins with its default. @throws {InvalidArgumentError} `invalid-trust` where it would have none. */
function policyToChange(path: string, scope: string): TrustPolicy {
  if (existsSync(path)) return readPolicy(path);
  if (scope === 'default') return { default: [] };
  throw new InvalidArgumentError('default trust policy must be set', {
    code: 'invalid-trust',
    hint: 'set that of `default` first',
  });
}

/** Whether a scope of the policy says something of a registry or repository. */
function covers(scope: string, registry: string): boolean {
  return scope === 'default' || scope === registry || registry.startsWith(`${scope}/`);
}

/** Whose keys they are, by their addresses; `N/A` for keys that have none. */
async function keyNames({ type, keyPaths }: TrustEntry): Promise<string> {
  if (keyPaths.length === 0) return '';
  if (type !== 'signed') return 'N/A';
  const names = await Promise.all(keyPaths.map(addressesIn));
  return names.flat().join(', ');
}

async function addressesIn(path: string): Promise<readonly string[]> {
  try {
    const { stdout } = await promisify(execFile)('gpg', ['--batch', '--with-colons', '--show-keys', path]);
    const users = stdout.split('\n').filter((line) => line.startsWith('uid:'));
    return users.map((line) => /<([^>]*)>/.exec(line)?.[1] ?? line.split(':')[9] ?? '');
  } catch (error) {
    // the policy stands whatever the key is; what it is can't be told
    if (error instanceof Error && 'code' in error) return [`${path} (unreadable)`];
    throw error;
  }
}
