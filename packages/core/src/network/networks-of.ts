import type { NetworkMode } from '../container/config.ts';
import type { Network, Sandboxes } from '../contracts/network.ts';
import type { UserModeNetwork } from '../contracts/user-mode-network.ts';
import { NotSupportedError } from '../errors.ts';
import type { RuntimeParts } from '../runtime/parts.ts';
import { isUserMode } from '../spec/namespaces.ts';

/** What makes networks here. @throws {NotSupportedError} `no-networks` */
export async function networksOf({ networks }: RuntimeParts): Promise<Network> {
  if (networks !== undefined) return networks();
  throw new NotSupportedError('there is nothing here that makes networks', {
    code: 'no-networks',
    hint: 'compose the runtime with a Network, or use the network modes none or host',
  });
}

/** What serves the modes slirp4netns and pasta here. @throws {NotSupportedError} `no-networks` */
export async function userModeNetworkOf({ userModeNetwork }: RuntimeParts): Promise<UserModeNetwork> {
  if (userModeNetwork !== undefined) return userModeNetwork();
  throw new NotSupportedError('there is nothing here that serves the network modes slirp4netns and pasta', {
    code: 'no-networks',
    hint: 'compose the runtime with a UserModeNetwork, or use another network mode',
  });
}

/** What has the sandbox of a container with this mode; undefined when nothing here makes such. */
export async function sandboxesOf(
  { networks, userModeNetwork }: RuntimeParts,
  mode: NetworkMode,
): Promise<Pick<Sandboxes<never>, 'leave' | 'sandbox'> | undefined> {
  return isUserMode(mode) ? userModeNetwork?.() : networks?.();
}
