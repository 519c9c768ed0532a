import { existsSync, readFileSync } from 'node:fs';

/** What CRIU counted, in the words of its own `stats.proto`; times in microseconds. What is 0 is left out. */
export type CriuStatistics = Readonly<Record<string, number>>;

const names = {
  dump: [
    'freezing_time',
    'frozen_time',
    'memdump_time',
    'memwrite_time',
    'pages_scanned',
    'pages_skipped_parent',
    'pages_written',
  ],
  restore: ['pages_compared', 'pages_skipped_cow', 'forking_time', 'restore_time', 'pages_restored'],
} as const;

/** Field of the outermost message that holds what is asked for. */
const fields = { dump: 1, restore: 2 } as const;

/** Two magic numbers and the length of the message. */
const headerSize = 12;

/** Reads a `stats-dump` or `stats-restore` of CRIU; undefined when there is none that can be read. */
export function readStatistics(path: string, kind: 'dump' | 'restore'): CriuStatistics | undefined {
  if (!existsSync(path)) return undefined;
  const bytes = readFileSync(path);
  if (bytes.length < headerSize) return undefined;
  const size = bytes.readUInt32LE(headerSize - 4);
  if (bytes.length < headerSize + size) return undefined;
  const message = bytes.subarray(headerSize, headerSize + size);
  for (const { field, content } of fieldsOf(message)) {
    if (field === fields[kind] && content !== undefined) return countsOf(content, names[kind]);
  }
  return undefined;
}

function countsOf(message: Uint8Array, known: readonly string[]): CriuStatistics {
  const counts: Record<string, number> = {};
  for (const { field, value } of fieldsOf(message)) {
    const name = known[field - 1];
    if (name !== undefined && value !== undefined && value !== 0) counts[name] = value;
  }
  return counts;
}

interface Field {
  readonly field: number;
  /** Of a number. */
  readonly value?: number;
  /** Of what has a length. */
  readonly content?: Uint8Array;
}

/** The numbers and messages in a protocol buffers message, until something else comes. */
function* fieldsOf(message: Uint8Array): Generator<Field> {
  let at = 0;
  const number = () => {
    let result = 0;
    for (let factor = 1; at < message.length; factor *= 128) {
      const byte = message[at++] as number;
      result += (byte & 0x7f) * factor;
      if (byte < 0x80) break;
    }
    return result;
  };
  while (at < message.length) {
    const key = number();
    const field = Math.floor(key / 8);
    if (key % 8 === 0) yield { field, value: number() };
    else if (key % 8 === 2) {
      const length = number();
      yield { field, content: message.subarray(at, at + length) };
      at += length;
    } else return;
  }
}
