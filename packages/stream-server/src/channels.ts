import { parseJson, type TerminalSize } from '@tspod/core';

/** The first byte of each message, as Kubernetes numbers them. */
export const channel = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4, close: 255 } as const;

/** In order of preference. */
export const subprotocols = ['v5.channel.k8s.io', 'v4.channel.k8s.io', 'v4.base64.channel.k8s.io'] as const;

export type Subprotocol = (typeof subprotocols)[number];

/** The one that is spoken with a client which offers these; undefined: none. */
export function chooseSubprotocol(offered: Iterable<string>): Subprotocol | undefined {
  const known = new Set(offered);
  return subprotocols.find((name) => known.has(name));
}

export interface ChannelMessage {
  readonly channel: number;
  readonly data: Uint8Array;
}

/** How messages of one sub-protocol look: a byte and the data, or a digit and the data in base64. */
export interface ChannelCodec {
  encode(channel: number, data: Uint8Array): Uint8Array | string;
  /** Undefined: not a message of this sub-protocol. */
  decode(message: Buffer, isBinary: boolean): ChannelMessage | undefined;
  /** Whether the client can end a channel by itself. */
  readonly halfCloses: boolean;
}

export function codecOf(name: Subprotocol): ChannelCodec {
  return name === 'v4.base64.channel.k8s.io' ? base64 : { ...binary, halfCloses: name === 'v5.channel.k8s.io' };
}

const binary: Omit<ChannelCodec, 'halfCloses'> = {
  encode(number, data) {
    const message = Buffer.allocUnsafe(1 + data.length);
    message[0] = number;
    message.set(data, 1);
    return message;
  },
  decode(message, isBinary) {
    const [number] = message;
    return number === undefined || !isBinary ? undefined : { channel: number, data: message.subarray(1) };
  },
};

const base64: ChannelCodec = {
  halfCloses: false,
  encode: (number, data) => `${number}${Buffer.from(data).toString('base64')}`,
  decode(message) {
    const text = message.toString('latin1');
    if (!/^\d[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined;
    return { channel: Number(text[0]), data: Buffer.from(text.slice(1), 'base64') };
  },
};

/** `{"Width":80,"Height":24}`; undefined for anything else, and for a terminal that can't be. */
export function parseSize(data: Uint8Array): TerminalSize | undefined {
  const size = parseJson(Buffer.from(data).toString('utf8'));
  const { Width: columns, Height: rows } = (size ?? {}) as { Width?: unknown; Height?: unknown };
  return isExtent(columns) && isExtent(rows) ? { columns, rows } : undefined;
}

function isExtent(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) > 0 && (value as number) <= 0xffff;
}
