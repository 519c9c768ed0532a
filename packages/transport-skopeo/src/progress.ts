import type { BlobProgress } from '@tspod/core';

const units: Readonly<Record<string, number>> = { b: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3, TiB: 1024 ** 4 };

/** Made of a text, as a control character has no place in a literal. */
const escapeSequence = new RegExp(`${String.fromCharCode(27)}\\[[0-9;?]*[A-Za-z]`, 'g');

/** What skopeo writes to a terminal about one blob; undefined for any other line. */
export function parseBlobLine(line: string): Omit<BlobProgress, 'rate'> | undefined {
  const [, kind, digest, rest = ''] = /^Copying (blob|config) (?:sha256:)?([0-9a-f]{10,64})\b(.*)$/.exec(line) ?? [];
  if (digest === undefined) return undefined;
  const blob = { kind: kind === 'config' ? 'config' : 'blob', digest } as const;
  const amounts = /\s([0-9.]+)\s?(b|[KMGT]iB)(?: \/ ([0-9.]+)\s?(b|[KMGT]iB))?\s*$/.exec(rest);
  const [bytes, total] = [toBytes(amounts?.[1], amounts?.[2]), toBytes(amounts?.[3], amounts?.[4])];
  if (/\bskipped: already exists/.test(rest)) return { ...blob, bytes: 0, total, state: 'skipped' };
  if (/\bdone\b/.test(rest)) return { ...blob, bytes: bytes ?? 0, total, state: 'done' };
  return { ...blob, bytes: bytes ?? 0, total, state: 'copying' };
}

function toBytes(amount: string | undefined, unit: string | undefined): number | undefined {
  return amount === undefined ? undefined : Math.round(Number(amount) * (units[unit ?? ''] ?? 1));
}

export interface ProgressListeners {
  readonly onLine: (line: string) => void;
  readonly onBlob: (progress: BlobProgress) => void;
}

/** Takes apart what skopeo draws on a terminal: each blob when it has moved, every other line as it is. */
export class ProgressReader {
  readonly #listeners: ProgressListeners;
  readonly #now: () => number;
  readonly #blobs = new Map<string, { readonly begun: number; last: Omit<BlobProgress, 'rate'> }>();
  #rest = '';

  constructor(listeners: ProgressListeners, now: () => number = () => performance.now()) {
    this.#listeners = listeners;
    this.#now = now;
  }

  write(text: string): void {
    const lines = (this.#rest + text).replaceAll(escapeSequence, '').split(/\r*\n/);
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#line(line.trimEnd());
  }

  #line(line: string): void {
    if (line === '') return;
    const read = parseBlobLine(line);
    if (read === undefined) {
      this.#listeners.onLine(line);
      return;
    }
    const key = `${read.kind} ${read.digest}`;
    const known = this.#blobs.get(key) ?? { begun: this.#now(), last: undefined };
    const total = read.total ?? known.last?.total;
    const bytes = read.state === 'done' ? (total ?? known.last?.bytes ?? read.bytes) : read.bytes;
    const progress = { ...read, bytes, total };
    const { last } = known;
    if (last !== undefined && (last.state !== 'copying' || (last.bytes === bytes && last.state === read.state))) return;
    this.#blobs.set(key, { begun: known.begun, last: progress });
    const seconds = (this.#now() - known.begun) / 1000;
    this.#listeners.onBlob({ ...progress, rate: seconds > 0 ? bytes / seconds : 0 });
  }
}
