import type { NetworkAttachment, PortMapping } from '../contracts/network.ts';
import type { NetworkingOptions } from './options.ts';

/** What a container was made with about its network, beyond the mode. All of it is optional; most containers have nothing of it. */
export interface ContainerNetworking
  extends Pick<NetworkingOptions, 'publishAll' | 'dnsOptions' | 'addHosts' | 'noHosts' | 'modeOptions'> {
  /** Networks that it joins, in this order; what `connect` and `disconnect` made of them since is in the state store. */
  readonly attachments?: readonly NetworkAttachment[] | undefined;
  readonly ports?: readonly PortMapping[] | undefined;
  /** Ports that the image or the caller names, as `80/tcp`. */
  readonly exposed?: readonly string[] | undefined;
  readonly dnsServers?: readonly string[] | undefined;
  readonly dnsSearch?: readonly string[] | undefined;
  /** The container keeps the resolv.conf of its root filesystem. */
  readonly noResolvConf?: boolean | undefined;
}
