import type { Process, Spec } from '../oci/spec.ts';
import { unlimited } from './rlimits.ts';

/**
 * JSON of a spec or of an exec session's process. RLIM_INFINITY, 2^64-1, is no value of JavaScript's numbers: the nearest one is too
 * big for the runtimes' 64 bits, so it is written digit by digit.
 */
export function serialiseSpec(document: Spec | Process): string {
  const process: Process | undefined = 'ociVersion' in document ? document.process : document;
  const isPlain = process?.rlimits?.every(({ soft, hard }) => soft !== unlimited && hard !== unlimited) ?? true;
  if (isPlain) return JSON.stringify(document);
  return JSON.stringify(document, (_key, value: unknown) =>
    value === unlimited ? rawJson.rawJSON('18446744073709551615') : value,
  );
}

/** In Node since 21; TypeScript's library does not know it yet. */
const rawJson = JSON as unknown as { rawJSON(text: string): unknown };
