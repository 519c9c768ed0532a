import { InvalidArgumentError } from './errors.ts';

/** What to do with one chunk of input. */
export interface DetachStep {
  /** Bytes for the process: without the detach sequence, and with what had only looked like its beginning. */
  readonly pass: Uint8Array;
  /** The sequence is complete. Bytes after it are dropped. */
  readonly detached: boolean;
}

/** Finds a key sequence in a stream of input, wherever the chunks are cut. */
export interface DetachKeysMatcher {
  push(chunk: Uint8Array): DetachStep;
  /** The stream has ended: bytes that were held back as the beginning of the sequence. */
  flush(): Uint8Array;
}

const none = new Uint8Array();

/** `ctrl-` and one of these. */
const controlCharacters = '@abcdefghijklmnopqrstuvwxyz[\\]^_';

/**
 * Bytes of a sequence as podman writes it: single characters or `ctrl-X`, where X is a letter or one of `@[\]^_`, with commas
 * between them. An empty text is an empty sequence.
 *
 * @throws {InvalidArgumentError} `invalid-detach-keys` naming the key.
 */
export function parseDetachKeys(text: string): Uint8Array {
  if (text === '') return none;
  return Uint8Array.from(text.split(',').map(parseKey));
}

function parseKey(key: string): number {
  const control = /^ctrl-(.)$/i.exec(key)?.[1]?.toLowerCase();
  if (control !== undefined) {
    const code = controlCharacters.indexOf(control);
    if (code !== -1) return code;
  }
  if (key.length === 1 && key.charCodeAt(0) < 128) return key.charCodeAt(0);
  throw new InvalidArgumentError(`invalid detach keys: unknown key "${key}"`, {
    code: 'invalid-detach-keys',
    hint: 'use single characters or ctrl-a to ctrl-z, ctrl-@, ctrl-[, ctrl-\\, ctrl-], ctrl-^, ctrl-_, separated by commas',
  });
}

/** @throws {InvalidArgumentError} `invalid-detach-keys` */
export function createDetachKeysMatcher(keys: string): DetachKeysMatcher {
  const sequence = parseDetachKeys(keys);
  let matched = 0;
  return {
    push(chunk) {
      if (sequence.length === 0) return { pass: chunk, detached: false };
      const pass: number[] = [];
      for (const byte of chunk) {
        while (matched > 0 && byte !== sequence[matched]) matched = retreat(sequence, matched, pass);
        if (byte === sequence[matched]) matched += 1;
        else pass.push(byte);
        if (matched === sequence.length) return { pass: Uint8Array.from(pass), detached: true };
      }
      return { pass: Uint8Array.from(pass), detached: false };
    },
    flush() {
      const rest = sequence.slice(0, matched);
      matched = 0;
      return rest;
    },
  };
}

/** Gives up the longest match so far for the next shorter one; what is no longer part of it is passed on. */
function retreat(sequence: Uint8Array, matched: number, pass: number[]): number {
  for (let shorter = matched - 1; shorter >= 0; shorter -= 1) {
    const given = matched - shorter;
    if (sequence.subarray(given, matched).every((byte, index) => byte === sequence[index])) {
      pass.push(...sequence.subarray(0, given));
      return shorter;
    }
  }
  return 0;
}
