import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NetworkAttachment } from '../../contracts/network.ts';
import { CorruptError } from '../../errors.ts';
import { networksOf } from '../../network/networks-of.ts';
import { hasSandbox } from '../../spec/namespaces.ts';
import type { LockedContainer } from '../guard.ts';
import { checkpointFiles } from './files.ts';

/** As podman and netavark have it, by the names of the networks and of the interfaces. */
type NetworkStatus = Readonly<
  Record<string, { readonly interfaces?: Readonly<Record<string, InterfaceStatus>>; readonly [more: string]: unknown }>
>;

interface InterfaceStatus {
  readonly subnets?: readonly { readonly ipnet: string; readonly gateway?: string | undefined }[];
  readonly mac_address?: string | undefined;
}

/** Writes down the addresses that the container has, for it to get them again. */
export async function writeNetworkStatus({ parts, config }: LockedContainer): Promise<void> {
  const sandbox = hasSandbox(config.network) ? await (await networksOf(parts)).sandbox(config.id) : undefined;
  const entries = (sandbox?.networks ?? []).map((joined) => {
    const subnets = joined.addresses.map(({ address, prefixLength, gateway }) => ({
      ipnet: `${address}/${prefixLength}`,
      gateway,
    }));
    const interfaces = { [joined.interfaceName]: { subnets, mac_address: joined.macAddress } };
    return [joined.network, { interfaces, dns_server_ips: joined.dnsServers, dns_search_domains: joined.searchDomains }] as const;
  });
  const status: NetworkStatus | null = entries.length === 0 ? null : Object.fromEntries(entries);
  writeFileSync(join(config.staticDir, checkpointFiles.network), JSON.stringify(status), { mode: 0o600 });
}

/** The attachments with the addresses that were written down for their networks. @throws {CorruptError} `corrupt-checkpoint` */
export function withFormerAddresses(
  attachments: readonly NetworkAttachment[],
  staticDir: string,
  { addresses: keepAddresses, hardware: keepHardware }: { readonly addresses: boolean; readonly hardware: boolean },
): readonly NetworkAttachment[] {
  const status = readStatus(join(staticDir, checkpointFiles.network));
  return attachments.map((attachment) => {
    const { subnets, mac_address } = Object.values(status?.[attachment.network]?.interfaces ?? {})[0] ?? {};
    const addresses = subnets?.map(({ ipnet }) => ipnet.replace(/\/.*/, '')) ?? attachment.addresses;
    return {
      ...attachment,
      addresses: keepAddresses ? addresses : undefined,
      macAddress: keepHardware ? (mac_address ?? attachment.macAddress) : undefined,
    };
  });
}

function readStatus(path: string): NetworkStatus | undefined {
  if (!existsSync(path)) return undefined;
  let document: unknown;
  try {
    document = JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new CorruptError(`${path} is not JSON`, { code: 'corrupt-checkpoint', path, cause });
  }
  return typeof document === 'object' && document !== null ? (document as NetworkStatus) : undefined;
}
