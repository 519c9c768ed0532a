import type { OfferedSession, OpenedSession, StreamClient, TerminalSize } from '@tspod/core';
import { inTime } from './waiting.ts';

/** A session of a process that a test plays: it hands out the client that `open` got, and ends when told. */
export function playSession(changes: Partial<OfferedSession> = {}) {
  const opened = Promise.withResolvers<StreamClient>();
  const done = Promise.withResolvers<number | undefined>();
  const sizes: TerminalSize[] = [];
  let opens = 0;
  const session: OfferedSession = {
    ...{ kind: 'exec', terminal: false, stdin: true, stdout: true, stderr: true },
    async open(client): Promise<OpenedSession> {
      opens += 1;
      client.signal.addEventListener('abort', () => done.reject(client.signal.reason));
      opened.resolve(client);
      return { done: done.promise, resize: async (size) => void sizes.push(size) };
    },
    ...changes,
  };
  done.promise.catch(() => undefined); // told to the client, where there is one
  return { session, client: () => inTime(opened.promise, 'the client'), end: done.resolve, sizes, opens: () => opens };
}

export interface StreamConnection {
  readonly socket: {
    readonly protocol: string;
    readonly bufferedAmount: number;
    send(data: string | Uint8Array): void;
    close(): void;
  };
  /** Every message as it came. */
  readonly messages: readonly Uint8Array[];
  /** The code that the connection was closed with. */
  closed(): Promise<number>;
  /** What came on a channel. */
  on(channel: number): string;
  send(channel: number, data: string | readonly number[]): void;
  halfClose(channel: number): void;
}

/** A client by Node's own WebSocket, which shares nothing with a server's. Rejects when it is refused. */
export async function connectStreams(url: string, protocols: string | string[] = 'v5.channel.k8s.io'): Promise<StreamConnection> {
  const socket = new WebSocket(url, protocols);
  socket.binaryType = 'arraybuffer';
  const messages: Buffer[] = [];
  socket.addEventListener('message', ({ data }) => {
    messages.push(typeof data === 'string' ? Buffer.from(data) : Buffer.from(data as ArrayBuffer));
  });
  const closed = new Promise<number>((resolve) => socket.addEventListener('close', ({ code }) => resolve(code)));
  const open = new Promise<void>((resolve, reject) => {
    socket.addEventListener('open', () => resolve());
    socket.addEventListener('error', () => reject(new Error('refused')));
  });
  await inTime(open, `an answer to ${url}`);
  return {
    socket,
    messages,
    closed: () => inTime(closed, 'the end of the connection'),
    on: (channel) =>
      Buffer.concat(messages.filter(([first]) => first === channel).map((message) => message.subarray(1))).toString(),
    send: (channel, data) => socket.send(Buffer.from([channel, ...(typeof data === 'string' ? Buffer.from(data) : data)])),
    halfClose: (channel) => socket.send(Buffer.from([255, channel])),
  };
}

export async function textOf(input: AsyncIterable<Uint8Array> | undefined): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of input ?? []) parts.push(part);
  return Buffer.concat(parts).toString();
}
