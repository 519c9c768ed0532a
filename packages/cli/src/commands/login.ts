import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Credentials, NotFoundError } from '@tspod/core';
import type { Runtime } from 'tspod';
import type { Context } from '../context.ts';
import { defineCommand } from '../grammar/command.ts';
import { atMost } from '../grammar/positional.ts';
import { UsageError } from '../grammar/usage-error.ts';
import { authFileFlag, tlsFlags } from '../registry-flag-tables.ts';
import { registryAccess } from '../registry-flags.ts';
import { askLine, askSecretly } from '../session/ask.ts';

export const command = defineCommand({
  description: [
    'Has a registry check a user name and password, and keeps them for later in the file that containers tools share.',
    'Without REGISTRY the first search registry of registries.conf is meant.',
  ],
  usage: '[options] [REGISTRY]',
  examples: ['login quay.io', 'login --username me --password-stdin registry.example.com:5000 < password'],
  flags: {
    ...authFileFlag,
    ...tlsFlags,
    'get-login': { kind: 'bool', help: 'Print the user who is logged in' },
    password: { kind: 'string', shorthand: 'p', help: 'Password; everybody can see it while the command runs' },
    'password-stdin': { kind: 'bool', help: 'Read the password from stdin' },
    username: { kind: 'string', shorthand: 'u', help: 'User name' },
    verbose: { kind: 'bool', shorthand: 'v', help: 'Print which file is used' },
  },
  positional: atMost(1),
  async run({ flags, given, positional: [name], context }) {
    const { output, environment } = context;
    const { username, password } = flags;
    if (flags['password-stdin'] && password !== undefined)
      throw new UsageError("Can't specify both --password-stdin and --password");
    if (flags['password-stdin'] && username === undefined) throw new UsageError('Must provide --username with --password-stdin');
    const { images } = await context.runtime();
    const registry = images.loginRegistry(name);
    // The file of --authfile is made where there is none.
    const authFile = flags.authfile === undefined ? undefined : resolve(context.workingDirectory, flags.authfile);
    const { credentials: _, ...rest } = await registryAccess({ ...flags, authfile: undefined }, given, context);
    const access = { ...rest, authFile };
    const known = username === undefined ? await images.loggedIn(registry, access) : undefined;
    if (flags['get-login']) {
      if (known === undefined) throw new NotFoundError(`not logged into ${registry}`, { code: 'not-logged-in' });
      output.line(known);
      return 0;
    }
    if (known !== undefined && password === undefined && (await isStillValid(images, registry, access, output))) return 0;
    const stdin = flags['password-stdin'] ? readFileSync(0, 'utf8').replace(/\r?\n$/, '') : undefined;
    await images.login(registry, await credentialsOf(username, password ?? stdin, known), access);
    if (flags.verbose) output.line(`Used:  ${access.authFile ?? usualAuthFile(environment, context)}`);
    output.line('Login Succeeded!');
    return 0;
  },
});

/** The registry is asked whether what is kept still counts, as podman does. */
async function isStillValid(
  images: Runtime['images'],
  registry: string,
  access: { readonly authFile?: string | undefined },
  output: Context['output'],
): Promise<boolean> {
  output.line(`Authenticating with existing credentials for ${registry}`);
  if (!(await images.checkLogin(registry, access))) {
    output.line('Existing credentials are invalid, please enter valid username and password');
    return false;
  }
  output.line(`Existing credentials are valid. Already logged in to ${registry}`);
  return true;
}

async function credentialsOf(
  username: string | undefined,
  password: string | undefined,
  known: string | undefined,
): Promise<Credentials> {
  const shown = known === undefined ? 'Username: ' : `Username (${known}): `;
  const name = username ?? (askLine(shown) || (known ?? ''));
  return { username: name, password: password ?? (await askSecretly('Password: ')) };
}

function usualAuthFile(environment: Context['environment'], { workingDirectory }: Context): string {
  const { REGISTRY_AUTH_FILE: named, XDG_RUNTIME_DIR: runtimeDirectory } = environment;
  if (named) return resolve(workingDirectory, named);
  return runtimeDirectory ? `${runtimeDirectory}/containers/auth.json` : `/run/containers/${process.getuid?.()}/auth.json`;
}
