import { constants } from 'node:os';
import { lastErrno, libraryFunction } from './libc.ts';
import { systemError } from './system-error.ts';

const MSG_TRUNC = 0x20;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;
const SHUT_WR = 1;
const { EAGAIN, ECONNRESET, EINTR, EMSGSIZE, EPIPE } = constants.errno;

/** conmon cuts longer packets off. */
const longestPacketSent = 32768;
const longestPacketReceived = 65536;

const receive = libraryFunction('recv', 'int64_t', ['int', 'void *', 'size_t', 'int']);
const transmit = libraryFunction('send', 'int64_t', ['int', 'void *', 'size_t', 'int']);
const shutdown = libraryFunction('shutdown', 'int', ['int', 'int']);

/** Shared by all connections: what a caller gets is a copy of its own. */
let receiveBuffer: Buffer | undefined;

/** @returns the next packet, or that there is none now, or that there will be none any more. */
export function readPacket(fd: number, path: string): Buffer | 'none' | 'end' {
  receiveBuffer ??= Buffer.allocUnsafeSlow(longestPacketReceived);
  for (;;) {
    const length = receive(fd, receiveBuffer, longestPacketReceived, MSG_DONTWAIT | MSG_TRUNC);
    if (length > longestPacketReceived) {
      throw systemError(EMSGSIZE, { syscall: 'recv', path, details: `a packet of ${length} bytes` });
    }
    if (length > 0) return Buffer.from(receiveBuffer.subarray(0, length));
    if (length === 0) return 'end';
    const errno = lastErrno();
    if (errno === EAGAIN) return 'none';
    // A peer that closed without having read everything: reported once, before the packets that it had sent and the end.
    if (errno !== EINTR && errno !== ECONNRESET) throw systemError(errno, { syscall: 'recv', path });
  }
}

/** What was asked to be sent on one socket, in order. */
export interface PacketSender {
  /** Whether something waits for room in the kernel's buffer. */
  readonly isWaiting: boolean;
  send(bytes: Uint8Array): Promise<void>;
  /** Shuts the direction down after everything that was sent before. */
  end(): Promise<void>;
  /** Sends what there is room for. */
  flush(): void;
  /** Breaks every promise that is still open, and every later one. */
  fail(errno: number): void;
}

interface Outgoing {
  /** What is left to send; `end` asks to shut down. */
  rest: Uint8Array | 'end';
  readonly done: () => void;
  readonly failed: (error: Error) => void;
}

export function createPacketSender(fd: number, path: string): PacketSender {
  const queue: Outgoing[] = [];
  let failure: number | undefined;

  function enqueue(rest: Outgoing['rest']): Promise<void> {
    if (failure !== undefined) return Promise.reject(systemError(failure, { syscall: 'send', path }));
    return new Promise((done, failed) => {
      queue.push({ rest, done, failed });
      if (queue.length === 1) flush();
    });
  }

  function flush(): void {
    for (let next = queue[0]; next; next = queue[0]) {
      if (next.rest === 'end') {
        // The only ways to fail are a connection that is gone and one that was shut down: there is nothing left to do.
        shutdown(fd, SHUT_WR);
        queue.shift();
        next.done();
        fail(EPIPE);
        return;
      }
      const length = Math.min(next.rest.length, longestPacketSent);
      if (transmit(fd, next.rest, length, MSG_DONTWAIT | MSG_NOSIGNAL) < 0) {
        const errno = lastErrno();
        if (errno === EINTR) continue;
        if (errno !== EAGAIN) fail(errno);
        return;
      }
      next.rest = next.rest.subarray(length);
      if (next.rest.length > 0) continue;
      queue.shift();
      next.done();
    }
  }

  function fail(errno: number): void {
    failure ??= errno;
    for (const { rest, done, failed } of queue.splice(0)) {
      if (rest === 'end') done();
      else failed(systemError(errno, { syscall: 'send', path }));
    }
  }

  return {
    get isWaiting() {
      return queue.length > 0;
    },
    send: (bytes) => (bytes.length === 0 ? Promise.resolve() : enqueue(bytes)),
    end: () => (failure === undefined ? enqueue('end') : Promise.resolve()),
    flush,
    fail,
  };
}
