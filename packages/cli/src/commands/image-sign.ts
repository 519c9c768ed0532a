import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InvalidArgumentError, registryReference } from '@tspod/core';
import type { Context } from '../context.ts';
import { defineCommand } from '../grammar/command.ts';
import { atLeast } from '../grammar/positional.ts';
import { authFileFlag } from '../registry-flag-tables.ts';
import { registryAccess } from '../registry-flags.ts';
import { readSignatureStores, registriesDirectory, signatureStoreOf } from '../signature-stores.ts';

export const command = defineCommand({
  description: ['Signs images in registries with a GPG key, and keeps the signatures where simple signing looks for them.'],
  usage: '[options] IMAGE [IMAGE...]',
  examples: ['image sign --sign-by me@example.com docker://quay.io/me/web:v1'],
  flags: {
    all: { kind: 'bool', shorthand: 'a', help: 'Of a list of manifests, sign each image, too' },
    ...authFileFlag,
    'cert-dir': { kind: 'string', help: 'Directory with certificates and keys for the registry' },
    directory: {
      kind: 'string',
      shorthand: 'd',
      help: 'Where the signatures are kept, in place of where registries.d says or /var/lib/containers/sigstore',
    },
    'sign-by': { kind: 'string', help: 'Whose key to sign with: a fingerprint or an address' },
  },
  positional: atLeast(1, 'at least one image must be specified'),
  async run({ flags, given, positional, context }) {
    const identity = flags['sign-by'] ?? '';
    if (identity === '') throw new InvalidArgumentError('please provide an identity', { code: 'invalid-option' });
    const access = await registryAccess(flags, given, context);
    const { images } = await context.runtime();
    for (const source of positional) {
      if (!source.includes(':')) {
        const text = `parsing image name: Invalid image name "${source}", expected colon-separated transport:reference`;
        throw new InvalidArgumentError(text, { code: 'invalid-reference' });
      }
      const directory = resolve(context.workingDirectory, flags.directory ?? usualDirectory(source, context));
      await images.sign({ ...access, source, identity, directory, all: flags.all });
    }
    return 0;
  },
});

/** Where registries.d(5) has signatures of the image written to. @throws {InvalidArgumentError} when that is no directory of this machine. */
function usualDirectory(source: string, context: Context): string {
  const name = source.replace(/^docker:\/\//, '');
  const stores = readSignatureStores(registriesDirectory(undefined, context));
  const store = signatureStoreOf(stores, registryReference(name));
  const place = store?.staging ?? store?.lookaside ?? 'file:///var/lib/containers/sigstore';
  if (place.startsWith('file:///')) return fileURLToPath(place);
  throw new InvalidArgumentError(`signatures of ${name} can't be written to ${place}`, {
    code: 'invalid-option',
    hint: 'give a directory with --directory, and bring them there from it',
  });
}
