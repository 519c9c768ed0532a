import type { FlagTable } from './grammar/flags.ts';

export const authFileFlag = {
  authfile: { kind: 'string', help: 'Authentication file, in place of the one that containers tools share' },
} as const satisfies FlagTable;

export const tlsFlags = {
  'cert-dir': { kind: 'string', help: 'Directory with certificates and keys for the registry' },
  'tls-verify': { kind: 'bool', default: true, help: 'Want HTTPS with a certificate that can be verified' },
} as const satisfies FlagTable;

export const registryFlags = {
  ...authFileFlag,
  ...tlsFlags,
  creds: { kind: 'string', metavar: 'USERNAME[:PASSWORD]', help: 'Who to be for the registry' },
} as const satisfies FlagTable;

export const platformFlags = {
  arch: { kind: 'string', help: 'Architecture to choose an image for' },
  os: { kind: 'string', help: 'Operating system to choose an image for' },
  platform: { kind: 'string', metavar: 'OS/ARCH[/VARIANT]', help: 'Both in one' },
  variant: { kind: 'string', help: 'Variant of the architecture to choose an image for' },
} as const satisfies FlagTable;
