import { toBytes } from './byte-text.ts';
import { crc64 } from './crc64.ts';
import type { ArchiveObserver } from './observer.ts';

/** Lines' types in the format of tar-split, which containers/storage keeps for each layer. */
const fileLine = 1;
const bytesLine = 2;

/** An observer and what ends its record. */
export interface TarSplitRecorder extends ArchiveObserver {
  /** Hands out what is left. To be called once, after the archive has ended. */
  end(): void;
}

/**
 * Writes down how to put an archive together again from the files it was unpacked to: tar-split's JSON lines, uncompressed.
 * @param write gets pieces of the record, in order, each with its newlines.
 */
export function recordTarSplit(write: (lines: string) => void): TarSplitRecorder {
  let position = 0;
  let between: Uint8Array[] = [];
  let sum = crc64.initial();

  function flush(): void {
    const payload = Buffer.concat(between).toString('base64');
    between = [];
    write(`${JSON.stringify({ type: bytesLine, payload, position: position++ })}\n`);
  }

  return {
    bytes(bytes) {
      between.push(Uint8Array.from(bytes));
    },
    content(piece) {
      crc64.update(sum, piece);
    },
    member({ name, size }) {
      flush();
      const bytes = toBytes(name);
      const text = bytes.toString();
      const isText = Buffer.from(text).equals(bytes);
      write(
        `${JSON.stringify({
          type: fileLine,
          ...(isText ? { name: text } : { name_raw: bytes.toString('base64') }),
          ...(size > 0 && { size }),
          payload: size > 0 ? crc64.digest(sum).toString('base64') : null,
          position: position++,
        })}\n`,
      );
      sum = crc64.initial();
    },
    end() {
      if (between.length > 0) flush();
    },
  };
}
