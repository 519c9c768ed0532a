import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import type { PortMapping } from '../contracts/network.ts';
import { UnavailableError } from '../errors.ts';

const attempts = 50;

/** The first of so many consecutive ports that are free now, and that none of the mappings has. */
export async function freePorts(
  hostAddress: string,
  count: number,
  protocol: PortMapping['protocol'],
  others: readonly PortMapping[],
): Promise<number> {
  const address = hostAddress === '' ? '0.0.0.0' : hostAddress;
  const isFree = async (port: number) =>
    !others.some((other) => other.protocol === protocol && port >= other.hostPort && port < other.hostPort + other.range) &&
    (await tryPort(address, port, protocol)) !== undefined;
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const first = await tryPort(address, 0, protocol);
    if (first === undefined || first + count > 65536) continue;
    let free = 0;
    while (free < count && (await isFree(first + free))) free += 1;
    if (free === count) return first;
  }
  throw new UnavailableError(`there are no ${count} free ${protocol} ports in a row on ${address}`, {
    code: 'no-free-port',
    hint: 'name the host ports, or fewer',
  });
}

/** The port that was free, for 0 the one that the kernel chose; undefined when it is taken. */
function tryPort(address: string, port: number, protocol: PortMapping['protocol']): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const refused = (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(undefined);
      else reject(error);
    };
    if (protocol === 'udp') {
      const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
      socket.once('error', refused);
      socket.bind(port, address, () => {
        const bound = socket.address().port;
        socket.close(() => resolve(bound));
      });
      return;
    }
    const server = createServer();
    server.once('error', refused);
    server.listen({ port, host: address, ipv6Only: true }, () => {
      const bound = server.address();
      server.close(() => resolve(typeof bound === 'object' && bound !== null ? bound.port : undefined));
    });
  });
}
