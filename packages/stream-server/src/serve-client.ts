import type { OfferedSession, OpenedSession } from '@tspod/core';
import type { WebSocket } from 'ws';
import { type ChannelCodec, channel, parseSize } from './channels.ts';
import { InputQueue } from './input-queue.ts';
import { type Status, statusOfExit, statusOfFailure } from './status.ts';

/** Bytes that may wait for a client before its process is asked to wait. */
const highWater = 256 * 1024;

const none = new Uint8Array();

/** WebSocket close codes. */
const normal = 1000;
const unsupportedData = 1003;

export interface ClientSettings {
  readonly codec: ChannelCodec;
  readonly stallTimeout: number;
}

/** Connects one client with one session until either ends. Never rejects. */
export async function serveClient(socket: WebSocket, offered: OfferedSession, settings: ClientSettings): Promise<void> {
  const { codec } = settings;
  const gone = new AbortController();
  const input = new InputQueue(socket);
  let opened: OpenedSession | undefined;
  let size: ReturnType<typeof parseSize>;

  function leave(): void {
    socket.terminate();
    input.end();
    gone.abort(new Error('the client of the streams is gone'));
  }

  socket.on('error', leave); // a broken frame, or a broken connection
  socket.on('close', leave);
  socket.on('message', (data, isBinary) => {
    const message = codec.decode(data as Buffer, isBinary);
    if (message === undefined) {
      socket.close(unsupportedData, 'not a message of the chosen sub-protocol');
    } else if (message.channel === channel.stdin) {
      if (offered.stdin) input.push(message.data);
    } else if (message.channel === channel.resize) {
      size = parseSize(message.data);
      if (size !== undefined) resize();
    } else if (message.channel === channel.close && codec.halfCloses && message.data[0] === channel.stdin) {
      input.end();
    }
  });

  /** A size that comes while the process ends has nothing to be told to. */
  function resize(): void {
    if (size !== undefined) opened?.resize(size).catch(() => undefined);
  }

  function send(number: number, data: Uint8Array): undefined | Promise<void> {
    if (gone.signal.aborted) return undefined;
    const message = codec.encode(number, data);
    if (socket.bufferedAmount <= highWater) {
      socket.send(message);
      return undefined;
    }
    return new Promise((resolve) => {
      const stalled = setTimeout(leave, settings.stallTimeout);
      const taken = () => {
        clearTimeout(stalled);
        gone.signal.removeEventListener('abort', taken);
        resolve();
      };
      gone.signal.addEventListener('abort', taken);
      socket.send(message, taken);
    });
  }

  // Clients take the first message as the sign that the streams are there.
  void send(offered.stdout ? channel.stdout : offered.stderr ? channel.stderr : channel.error, none);
  const status = await conduct().catch(statusOfFailure);
  if (gone.signal.aborted) return;
  await send(channel.error, Buffer.from(JSON.stringify(status)));
  socket.close(normal);
  const unanswered = setTimeout(leave, settings.stallTimeout);
  await new Promise((resolve) => socket.once('close', resolve));
  clearTimeout(unanswered);

  async function conduct(): Promise<Status> {
    opened = await offered.open({
      stdin: offered.stdin ? input : undefined,
      signal: gone.signal,
      onOutput: (stream, chunk) => send(channel[stream], chunk),
    });
    resize();
    return statusOfExit(await opened.done);
  }
}
