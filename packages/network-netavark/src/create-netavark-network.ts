import type { Network } from '@tspod/core';
import { NetavarkNetwork } from './netavark-network.ts';
import type { NetavarkSettings } from './netavark-settings.ts';

/** Networks through netavark and aardvark-dns. Touches nothing before it is used. Needs root. */
export function createNetavarkNetwork(settings: NetavarkSettings): Network {
  return new NetavarkNetwork(settings);
}
