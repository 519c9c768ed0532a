import { fstatSync, mkdirSync, readSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { InUseError, InvalidArgumentError, type NetworkDefinition, type Subnet, UnavailableError } from '@tspod/core';
import { flockFile } from '@tspod/linux';
import {
  type Address,
  addressBytes,
  addressFromBytes,
  contains,
  formatAddress,
  lastUsable,
  next,
  type Prefix,
  parseAddress,
  parsePrefix,
  sameAddress,
} from './address.ts';
import { type Bucket, emptyBucket, readBolt, writeBolt } from './bolt-file.ts';

const idsKey = 'ids';
const lastKey = 'lastIP';

/**
 * Which container has which address: podman's own file, so that both give every address of a network to one container. Per network a bucket, in
 * it one per subnet (address → container, `lastIP`) and `ids` (container → its addresses as JSON). It lies on tmpfs.
 */
export class AddressStore {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /**
   * An address of every subnet of the network, in their order: the wanted ones, else the next free ones. What the container had of
   * the network before is free again.
   */
  async allocate(network: NetworkDefinition, containerId: string, wanted: readonly string[]): Promise<string[]> {
    if (network.ipamDriver !== 'host-local') return [];
    const addresses = wanted.map((text) => {
      const address = parseAddress(text);
      if (address === undefined) throw invalid(`invalid ip address "${text}"`);
      return address;
    });
    return this.#change((root) => {
      const bucket = child(root, network.name);
      release(bucket, containerId);
      const found = network.subnets.map((subnet) => addressOf(child(bucket, bucketKey(subnet)), subnet, containerId, addresses));
      const foreign = addresses.find((address) => !found.some((chosen) => sameAddress(chosen, address)));
      if (foreign !== undefined) {
        throw invalid(`requested static ip ${formatAddress(foreign)} not in any subnet on network ${network.name}`);
      }
      const texts = found.map(formatAddress);
      child(bucket, idsKey).entries.set(containerId, Buffer.from(JSON.stringify(texts)));
      return texts;
    });
  }

  /** Idempotent. */
  async free(networkName: string, containerId: string): Promise<void> {
    await this.#change((root) => {
      const bucket = root.entries.get(networkName);
      if (bucket !== undefined && !Buffer.isBuffer(bucket)) release(bucket, containerId);
    });
  }

  /** Forgets a network that is removed. */
  async forget(networkName: string): Promise<void> {
    await this.#change((root) => void root.entries.delete(networkName));
  }

  async #change<Result>(act: (root: Bucket) => Result): Promise<Result> {
    mkdirSync(dirname(this.#path), { recursive: true, mode: 0o755 });
    const file = await flockFile(this.#path);
    try {
      const content = Buffer.alloc(fstatSync(file.fd).size);
      for (let read = 0; read < content.length; ) {
        const count = readSync(file.fd, content, read, content.length - read, read);
        if (count === 0) break;
        read += count;
      }
      const root = readBolt(content, this.#path);
      const result = act(root);
      for (const { offset, bytes } of writeBolt(content, root, this.#path)) {
        for (let written = 0; written < bytes.length; ) {
          written += writeSync(file.fd, bytes, written, bytes.length - written, offset + written);
        }
      }
      return result;
    } finally {
      file.release();
    }
  }
}

function child(bucket: Bucket, key: string): Bucket {
  const found = bucket.entries.get(key);
  if (found !== undefined && !Buffer.isBuffer(found)) return found;
  const made = emptyBucket();
  bucket.entries.set(key, made);
  return made;
}

function bucketKey({ subnet }: Subnet): string {
  return subnet;
}

function keyOf(address: Address): string {
  return addressBytes(address).toString('latin1');
}

function release(network: Bucket, containerId: string): void {
  const ids = network.entries.get(idsKey);
  if (ids === undefined || Buffer.isBuffer(ids)) return;
  ids.entries.delete(containerId);
  for (const [key, subnet] of network.entries) {
    if (key === idsKey || Buffer.isBuffer(subnet)) continue;
    for (const [address, holder] of subnet.entries) {
      if (address !== lastKey && Buffer.isBuffer(holder) && holder.toString() === containerId) subnet.entries.delete(address);
    }
  }
}

function addressOf(bucket: Bucket, subnet: Subnet, containerId: string, wanted: readonly Address[]): Address {
  const prefix = parsePrefix(subnet.subnet);
  if (prefix === undefined) throw invalid(`invalid subnet "${subnet.subnet}"`);
  const chosen = wanted.find((address) => contains(prefix, address));
  const address = chosen === undefined ? nextFree(bucket, subnet, prefix) : checkedFree(bucket, subnet, chosen);
  if (chosen === undefined) bucket.entries.set(lastKey, addressBytes(address));
  bucket.entries.set(keyOf(address), Buffer.from(containerId));
  return address;
}

function checkedFree(bucket: Bucket, { gateway }: Subnet, address: Address): Address {
  const text = formatAddress(address);
  if (gateway !== undefined && sameAddress(parseAddress(gateway), address)) {
    throw invalid(`IPAM error: requested ip address ${text} is the gateway of the network`);
  }
  const holder = bucket.entries.get(keyOf(address));
  if (holder === undefined || !Buffer.isBuffer(holder) || holder.length === 0) return address;
  throw new InUseError(`IPAM error: requested ip address ${text} is already allocated to container ID ${holder.toString()}`, {
    code: 'address-in-use',
    users: [holder.toString()],
  });
}

/** The one after the last that was given, round and round. */
function nextFree(bucket: Bucket, { gateway, leaseRange }: Subnet, prefix: Prefix): Address {
  const first = parseAddress(leaseRange?.start ?? '') ?? next(prefix);
  const end = parseAddress(leaseRange?.end ?? '') ?? lastUsable(prefix);
  const last = bucket.entries.get(lastKey);
  const before = Buffer.isBuffer(last) ? addressFromBytes(last) : undefined;
  const isInRange = ({ value }: Address) => value >= first.value && value <= end.value;
  const start = before !== undefined && isInRange(next(before)) ? next(before) : first;
  const taken = new Set(bucket.entries.keys());
  if (gateway !== undefined) {
    const address = parseAddress(gateway);
    if (address !== undefined) taken.add(keyOf(address));
  }
  let candidate = start;
  do {
    if (!taken.has(keyOf(candidate))) return candidate;
    candidate = candidate.value >= end.value ? first : next(candidate);
  } while (candidate.value !== start.value);
  throw new UnavailableError(`IPAM error: failed to find free IP in range: ${formatAddress(first)} - ${formatAddress(end)}`, {
    code: 'no-address-left',
    hint: 'remove containers of the network, or make one with a larger subnet',
  });
}

function invalid(message: string): InvalidArgumentError {
  return new InvalidArgumentError(message, { code: 'invalid-address' });
}
