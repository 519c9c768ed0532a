import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Credentials, InvalidArgumentError, NotFoundError, type Platform, type RegistryAccess } from '@tspod/core';
import type { Context } from './context.ts';
import type { FlagValues } from './grammar/flags.ts';
import type { platformFlags, registryFlags } from './registry-flag-tables.ts';
import { askSecretly } from './session/ask.ts';

/**
 * What the flags say of the registry; `given`: an unsaid `--tls-verify` leaves that to registries.conf.
 * @throws {NotFoundError} where there is no `--authfile`: without it, the registry would be asked without a password.
 */
export async function registryAccess(
  flags: Partial<FlagValues<typeof registryFlags>>,
  given: ReadonlySet<string>,
  { workingDirectory }: Context,
): Promise<RegistryAccess> {
  const pathOf = (path: string | undefined) => (path === undefined ? undefined : resolve(workingDirectory, path));
  const authFile = pathOf(flags.authfile);
  if (authFile !== undefined && !existsSync(authFile)) {
    throw new NotFoundError(`stat ${authFile}: no such file or directory`, { code: 'no-such-file' });
  }
  return {
    authFile,
    certificateDirectory: pathOf(flags['cert-dir']),
    tlsVerify: given.has('tls-verify') ? flags['tls-verify'] : undefined,
    credentials: flags.creds === undefined ? undefined : await parseCredentials(flags.creds),
  };
}

async function parseCredentials(text: string): Promise<Credentials> {
  const colon = text.indexOf(':');
  const username = colon === -1 ? text : text.slice(0, colon);
  if (username === '') throw new InvalidArgumentError('credentials can not be empty', { code: 'invalid-option' });
  return { username, password: colon === -1 ? await askSecretly('Password: ') : text.slice(colon + 1) };
}

/** @throws {InvalidArgumentError} when parts are said twice, or the text is no platform. */
export function platformOf({ arch, os, platform, variant }: Partial<FlagValues<typeof platformFlags>>): Platform | undefined {
  if (!platform) {
    if (!arch && !os && !variant) return undefined;
    return { architecture: arch || undefined, os: os || undefined, variant: variant || undefined };
  }
  if (arch || os) {
    throw new InvalidArgumentError('--platform option can not be specified with --arch or --os', { code: 'invalid-option' });
  }
  const [first, second, third, ...more] = platform.split('/');
  if (!first || more.length > 0) {
    throw new InvalidArgumentError(`invalid platform syntax for "${platform}" (use OS/ARCH[/VARIANT][,...])`, {
      code: 'invalid-option',
    });
  }
  return { os: first, architecture: second, variant: third ?? (variant || undefined) };
}
