import { closeSync } from 'node:fs';
import { constants } from 'node:os';
import { watchDescriptor } from './descriptor-watch.ts';
import { lastErrno, libraryFunction } from './libc.ts';
import { createPacketSender, readPacket } from './packet-io.ts';
import { openSocket } from './socket.ts';
import { systemError } from './system-error.ts';
import { createTurns } from './turns.ts';
import { AF_UNIX, withUnixAddress } from './unix-address.ts';

/**
 * A connected AF_UNIX socket of type SOCK_SEQPACKET, whose packets keep their borders; Node can't open such a one. It keeps the
 * process alive while it waits for packets or for room to send. To be closed in the end, also after `ended`.
 */
export interface PacketConnection {
  /**
   * Starts reading; to be called once. A packet is the handler's to keep. While a promise that it returned is pending nothing is
   * read, so that the peer notices. A handler that fails closes the connection.
   */
  onPacket(handler: PacketHandler): void;
  /**
   * Sends bytes in order, in packets of up to 32768; resolves when the kernel has them all, and until then they must not change.
   * Nothing is sent for no bytes, because a packet of no length means the end.
   * @throws {SystemError} `EPIPE` when this direction has ended, `ECANCELED` after `close`.
   */
  send(bytes: Uint8Array): Promise<void>;
  /** Ends this direction after what was sent before; reading goes on. That the peer is gone is no error. */
  shutdownWrite(): Promise<void>;
  /** Resolves when the peer's last packet was handled, or after `close`. @throws what the handler threw. */
  readonly ended: Promise<void>;
  /** Ends both directions at once. Idempotent. */
  close(): void;
}

export type PacketHandler = (packet: Buffer) => undefined | Promise<void>;

const SOCK_SEQPACKET = 5;
const SOCK_NONBLOCK = 0o4000;
const { EAGAIN, ECANCELED } = constants.errno;

/** Packets that are handled before other events get their turn. */
const packetsPerTurn = 64;

const connect = libraryFunction('connect', 'int', ['int', 'void *', 'uint']);

const turns = createTurns();

/**
 * Connects to a socket whose path may be of any length; waits while the listener's queue is full.
 * @throws {SystemError} `ENOENT`, `ECONNREFUSED` when nobody listens any more, and so on.
 * @throws the signal's reason.
 */
export async function connectSeqpacket(
  path: string,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<PacketConnection> {
  return packetConnection(await turns.take(path, () => tryConnect(path), options.signal), path);
}

/** @returns undefined while the listener's queue is full. */
function tryConnect(path: string): number | undefined {
  return withUnixAddress(path, (address) => {
    const fd = openSocket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, path);
    if (connect(fd, address, address.length) === 0) return fd;
    const errno = lastErrno();
    closeSync(fd);
    if (errno === EAGAIN) return undefined;
    throw systemError(errno, { syscall: 'connect', path });
  });
}

function packetConnection(fd: number, path: string): PacketConnection {
  const end = Promise.withResolvers<void>();
  const sender = createPacketSender(fd, path);
  let handler: PacketHandler | undefined;
  let isOpen = true;
  let isReading = false;
  let isDelivering = false;

  const watch = watchDescriptor(fd, () => {
    sender.flush();
    if (isReading && !isDelivering) void deliver();
    updateInterest();
  });

  function updateInterest(): void {
    watch.want({ readable: isReading && !isDelivering, writable: sender.isWaiting });
  }

  /** Hands packets over until there are none, their handler needs time or others should have their turn. */
  async function deliver(): Promise<void> {
    isDelivering = true;
    try {
      for (let packets = 0; packets < packetsPerTurn && isReading; packets++) {
        const packet = readPacket(fd, path);
        if (packet === 'none') break;
        if (packet === 'end') {
          isReading = false;
          end.resolve();
          break;
        }
        const pending = handler?.(packet);
        if (!pending) continue;
        updateInterest();
        await pending;
      }
    } catch (failure) {
      end.reject(failure);
      close();
    } finally {
      isDelivering = false;
      updateInterest();
    }
  }

  function close(): void {
    if (!isOpen) return;
    isOpen = false;
    isReading = false;
    sender.fail(ECANCELED);
    watch.close();
    closeSync(fd);
    end.resolve();
  }

  /** Runs something that may leave bytes waiting for room. */
  function withSender(action: () => Promise<void>): Promise<void> {
    const result = action();
    updateInterest();
    return result;
  }

  return {
    ended: end.promise,
    close,
    send: (bytes) => withSender(() => sender.send(bytes)),
    shutdownWrite: () => withSender(() => sender.end()),
    onPacket(newHandler) {
      if (handler) throw new Error('a packet connection has one handler');
      handler = newHandler;
      isReading = isOpen;
      updateInterest();
    },
  };
}
