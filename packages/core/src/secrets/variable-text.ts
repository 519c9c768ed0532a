import { InvalidArgumentError } from '../errors.ts';

/** What a secret says, as the value of a variable. @throws {InvalidArgumentError} `invalid-secret` unless it is UTF-8 without a zero byte. */
export function variableText(name: string, content: Uint8Array): string {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content);
    if (!text.includes('\0')) return text;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
  throw new InvalidArgumentError(`secret ${name} can't be a variable: it is not text`, {
    code: 'invalid-secret',
    hint: 'give it to the container as a file, with type=mount',
  });
}
