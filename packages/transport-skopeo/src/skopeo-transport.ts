import { isAbsolute, join } from 'node:path';
import { executableUsability, type ImageTransport, unusable, usable } from '@tspod/core';
import type { Environment } from './helper.ts';
import { load } from './load.ts';
import { checkLogin, loggedIn, login, logout } from './login.ts';
import { inspectRemote, pull, readRemote, tags } from './pull.ts';
import { push } from './push.ts';
import { saveSeveral } from './save-several.ts';
import { search } from './search.ts';
import type { SkopeoSettings } from './settings.ts';
import { sign } from './sign.ts';

export function skopeoTransport(settings: SkopeoSettings, env: Environment): ImageTransport {
  return {
    specVersion: 'v1',
    name: 'skopeo',
    async probe() {
      const program = settings.path ?? 'skopeo';
      const directories = isAbsolute(program) ? [''] : (env.PATH ?? '').split(':');
      const isThere = directories.some((directory) => executableUsability(join(directory, program)).usable);
      return isThere ? usable : unusable(`${program} is not installed`);
    },
    load: (request) => load(settings, env, request),
    pull: (request) => pull(settings, env, request),
    push: (request) => push(settings, env, request),
    saveSeveral: (request) => saveSeveral(settings, env, request),
    inspectRemote: (request) => inspectRemote(settings, env, request),
    readRemote: (request) => readRemote(settings, env, request),
    sign: (request) => sign(settings, env, request),
    tags: (repository, access) => tags(settings, env, repository, access),
    search: (request) => search(settings, env, request),
    login: (request) => login(settings, env, request),
    loggedIn: (registry, authFile) => loggedIn(settings, env, registry, authFile),
    checkLogin: (request) => checkLogin(settings, env, request),
    logout: (request) => logout(settings, env, request),
  };
}
