import type { LoginRequest, LogoutRequest } from '@tspod/core';
import { EngineError, NotFoundError, RuntimeFailedError } from '@tspod/core';
import type { Environment } from './helper.ts';
import type { SkopeoSettings } from './settings.ts';
import { prepareSkopeo } from './skopeo.ts';
import { storedCredentials } from './stored-credentials.ts';
import { temporaryParent, withTemporaryDirectory } from './temporary.ts';
import { transferError } from './transfer-error.ts';

export async function login(settings: SkopeoSettings, env: Environment, request: LoginRequest): Promise<void> {
  const { registry, credentials, authFile, certificateDirectory, tlsVerify, signal } = request;
  try {
    await withTemporaryDirectory(temporaryParent(settings, env), async (directory) => {
      const skopeo = await prepareSkopeo(settings, env, directory);
      await skopeo({
        argv: [
          'login',
          ...authFileFlag(authFile),
          ...(certificateDirectory === undefined ? [] : ['--cert-dir', certificateDirectory]),
          ...(tlsVerify === undefined ? [] : [`--tls-verify=${tlsVerify}`]),
          '--username',
          credentials.username,
          '--password-stdin',
          registry,
        ],
        inputText: credentials.password,
        signal,
      });
    });
  } catch (error) {
    throw transferError(error, registry);
  }
}

export async function loggedIn(
  settings: SkopeoSettings,
  env: Environment,
  registry: string,
  authFile?: string,
): Promise<string | undefined> {
  try {
    return await withTemporaryDirectory(temporaryParent(settings, env), async (directory) => {
      const skopeo = await prepareSkopeo(settings, env, directory);
      const answer = await skopeo({ argv: ['login', '--get-login', ...authFileFlag(authFile), registry] });
      return Buffer.from(answer).toString().trim();
    });
  } catch (error) {
    if (isNotLoggedIn(error)) return undefined;
    throw transferError(error, registry);
  }
}

export async function checkLogin(
  settings: SkopeoSettings,
  env: Environment,
  request: Omit<LoginRequest, 'credentials'>,
): Promise<boolean> {
  const credentials = storedCredentials(request.registry, request.authFile, env);
  if (credentials === undefined) return false;
  try {
    await login(settings, env, { ...request, credentials });
    return true;
  } catch (error) {
    if (EngineError.isInstance(error) && error.code === 'not-authorised') return false;
    throw error;
  }
}

export async function logout(settings: SkopeoSettings, env: Environment, { registry, authFile }: LogoutRequest): Promise<void> {
  try {
    await withTemporaryDirectory(temporaryParent(settings, env), async (directory) => {
      const skopeo = await prepareSkopeo(settings, env, directory);
      await skopeo({ argv: ['logout', ...authFileFlag(authFile), registry ?? '--all'] });
    });
  } catch (error) {
    if (isNotLoggedIn(error)) throw new NotFoundError(`not logged into ${registry}`, { code: 'not-logged-in', cause: error });
    throw transferError(error, registry ?? '');
  }
}

function authFileFlag(authFile: string | undefined): string[] {
  return authFile === undefined ? [] : ['--authfile', authFile];
}

function isNotLoggedIn(error: unknown): boolean {
  return error instanceof RuntimeFailedError && /not logged into/.test(error.stderr);
}
