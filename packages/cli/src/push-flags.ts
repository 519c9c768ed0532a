import { InvalidArgumentError, type PushOptions } from '@tspod/core';
import type { FlagTable, FlagValues } from './grammar/flags.ts';
import { registryFlags } from './registry-flag-tables.ts';

export const pushFlags = {
  ...registryFlags,
  'compression-format': { kind: 'string', help: 'How to compress layers: gzip, zstd or zstd:chunked' },
  'compression-level': { kind: 'int', help: 'How much effort to spend on that' },
  digestfile: { kind: 'string', help: 'File to write the digest of the pushed image to' },
  format: { kind: 'string', shorthand: 'f', help: 'Kind of manifest: oci, v2s2 or v2s1' },
  quiet: { kind: 'bool', shorthand: 'q', help: 'Do not show how it goes on' },
  'remove-signatures': { kind: 'bool', help: 'Leave signatures behind' },
  'sign-by': { kind: 'string', help: 'Fingerprint of the GPG key to sign with' },
  'sign-by-sigstore-private-key': { kind: 'string', help: 'File with the sigstore key to sign with' },
  'sign-passphrase-file': { kind: 'string', help: 'File with the passphrase of that key' },
} as const satisfies FlagTable;

const compressors: readonly string[] = ['gzip', 'zstd', 'zstd:chunked', 'bzip2', 'xz'];
const manifestFormats: readonly string[] = ['oci', 'v2s2', 'v2s1'];

/** @throws {InvalidArgumentError} `invalid-option` */
export function pushOptionsOf(flags: FlagValues<typeof pushFlags>): PushOptions {
  const { format, 'compression-format': compressionFormat } = flags;
  if (compressionFormat !== undefined && !compressors.includes(compressionFormat)) {
    throw new InvalidArgumentError(`cannot find compressor for "${compressionFormat}"`, { code: 'invalid-option' });
  }
  if (format !== undefined && !manifestFormats.includes(format)) {
    const known = manifestFormats.map((name) => `'${name}'`).join(', ');
    throw new InvalidArgumentError(`unknown format "${format}": choose one of ${known}`, { code: 'invalid-option' });
  }
  return {
    format: format as PushOptions['format'],
    compressionFormat,
    compressionLevel: flags['compression-level'],
    removeSignatures: flags['remove-signatures'],
    signBy: flags['sign-by'],
    signBySigstoreKey: flags['sign-by-sigstore-private-key'],
    signPassphraseFile: flags['sign-passphrase-file'],
  };
}
