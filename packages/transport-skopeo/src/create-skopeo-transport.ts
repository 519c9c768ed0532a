import type { ImageTransport } from '@tspod/core';
import type { SkopeoDependencies, SkopeoSettings } from './settings.ts';

/** An `ImageTransport` that leaves the work to skopeo. Nothing is loaded, run or made before it is used. */
export function createSkopeoTransport(settings: SkopeoSettings, { env = process.env }: SkopeoDependencies = {}): ImageTransport {
  let loading: Promise<ImageTransport> | undefined;
  const transport = () => {
    loading ??= import('./skopeo-transport.ts').then(({ skopeoTransport }) => skopeoTransport(settings, env));
    return loading;
  };
  return {
    specVersion: 'v1',
    name: 'skopeo',
    probe: async () => (await transport()).probe(),
    load: async (request) => (await transport()).load(request),
    pull: async (request) => (await transport()).pull(request),
    push: async (request) => (await transport()).push(request),
    saveSeveral: async (request) => (await transport()).saveSeveral(request),
    inspectRemote: async (request) => (await transport()).inspectRemote(request),
    readRemote: async (request) => (await transport()).readRemote(request),
    sign: async (request) => (await transport()).sign(request),
    tags: async (repository, access) => (await transport()).tags(repository, access),
    search: async (request) => (await transport()).search(request),
    login: async (request) => (await transport()).login(request),
    loggedIn: async (registry, authFile) => (await transport()).loggedIn(registry, authFile),
    checkLogin: async (request) => (await transport()).checkLogin(request),
    logout: async (request) => (await transport()).logout(request),
  };
}
