import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CorruptError, type Credentials } from '@tspod/core';
import { hasCode } from '@tspod/linux';
import type { Environment } from './helper.ts';

/** The credentials that containers tools share for a registry; those of helper programs are not asked for. */
export function storedCredentials(registry: string, authFile: string | undefined, env: Environment): Credentials | undefined {
  const home = env.HOME ?? '/root';
  const named = authFile ?? env.REGISTRY_AUTH_FILE;
  const files = named
    ? [named]
    : [
        env.XDG_RUNTIME_DIR
          ? join(env.XDG_RUNTIME_DIR, 'containers/auth.json')
          : `/run/containers/${process.getuid?.()}/auth.json`,
        join(env.XDG_CONFIG_HOME ?? join(home, '.config'), 'containers/auth.json'),
        join(home, '.docker/config.json'),
      ];
  for (const file of files) {
    const auth = readAuthentications(file)[registry]?.auth;
    if (auth === undefined) continue;
    const [username = '', ...password] = Buffer.from(auth, 'base64').toString().split(':');
    return { username, password: password.join(':') };
  }
  return undefined;
}

function readAuthentications(path: string): Readonly<Record<string, { readonly auth?: string }>> {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).auths ?? {};
  } catch (cause) {
    if (hasCode(cause, 'ENOENT', 'ENOTDIR')) return {};
    if (cause instanceof SyntaxError) throw new CorruptError(`${path} is not JSON`, { code: 'invalid-auth-file', path, cause });
    throw cause;
  }
}
