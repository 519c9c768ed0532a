import { closeSync } from 'node:fs';
import { isIPv6 } from 'node:net';
import { InUseError, type PortMapping, UnavailableError } from '@tspod/core';
import { bindPort } from './bind-port.ts';
import { hasCode } from './system-error.ts';

/** Host ports that are taken for as long as the descriptors, or copies of them in another process, are open. */
export interface ReservedPorts {
  readonly descriptors: readonly number[];
  /** Idempotent. */
  release(): void;
}

/** Takes every host port of the mappings, or none. @throws {InUseError} `port-in-use`; {UnavailableError} `no-such-address`. */
export function reservePorts(mappings: readonly PortMapping[]): ReservedPorts {
  const descriptors: number[] = [];
  const release = () => {
    for (const descriptor of descriptors.splice(0)) closeSync(descriptor);
  };
  try {
    for (const { hostAddress, hostPort, range, protocol } of mappings) {
      for (let port = hostPort; port < hostPort + range; port += 1) {
        const descriptor = reserve(hostAddress, port, protocol);
        if (descriptor !== undefined) descriptors.push(descriptor);
      }
    }
  } catch (failure) {
    release();
    throw failure;
  }
  return {
    get descriptors() {
      return [...descriptors];
    },
    release,
  };
}

/** Undefined where the kernel does not know the protocol (SCTP): netavark forwards such ports all the same. */
function reserve(hostAddress: string, port: number, protocol: PortMapping['protocol']): number | undefined {
  const address = hostAddress === '' ? '0.0.0.0' : hostAddress;
  try {
    return bindPort({ address, port, protocol }).descriptor;
  } catch (cause) {
    if (protocol === 'sctp' && hasCode(cause, 'EPROTONOSUPPORT', 'ESOCKTNOSUPPORT')) return undefined;
    const where = `${protocol}${isIPv6(address) ? '6' : '4'} ${isIPv6(hostAddress) ? `[${hostAddress}]` : hostAddress}:${port}`;
    const prefix = `cannot listen on the ${protocol.toUpperCase()} port: listen ${where}: bind`;
    if (hasCode(cause, 'EADDRINUSE')) {
      throw new InUseError(`${prefix}: address already in use`, {
        code: 'port-in-use',
        users: [],
        hint: 'publish another port, or stop who listens on this one (ss -lntup shows it)',
        cause,
      });
    }
    if (hasCode(cause, 'EADDRNOTAVAIL')) {
      throw new UnavailableError(`${prefix}: cannot assign requested address`, {
        code: 'no-such-address',
        hint: 'publish on an address that this machine has (ip address shows them)',
        cause,
      });
    }
    throw cause;
  }
}
