import type { Network, UserModeNetwork } from '@tspod/core';
import type { NetavarkSettings } from '@tspod/network-netavark';
import type { UserModeSettings } from '@tspod/network-user-mode';

/** What makes networks is loaded, and its configuration read, when a container is in one: many are not. */
export function lazyNetworks(settings: () => NetavarkSettings): () => Promise<Network> {
  let loading: Promise<Network> | undefined;
  return () => {
    loading ??= import('@tspod/network-netavark').then(({ createNetavarkNetwork }) => createNetavarkNetwork(settings()));
    return loading;
  };
}

/** What starts slirp4netns and pasta, likewise. */
export function lazyUserModeNetwork(settings: () => UserModeSettings): () => Promise<UserModeNetwork> {
  let loading: Promise<UserModeNetwork> | undefined;
  return () => {
    loading ??= import('@tspod/network-user-mode').then(({ createUserModeNetwork }) => createUserModeNetwork(settings()));
    return loading;
  };
}
