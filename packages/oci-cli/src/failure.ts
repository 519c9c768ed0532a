import { join } from 'node:path';
import { CorruptError, NotFoundError, RuntimeFailedError, runtimeMessage } from '@tspod/core';
import { damagedRecord } from './damaged-record.ts';
import { recordDirectory } from './record-directory.ts';
import type { ProgramResult } from './run-program.ts';
import type { OciCliSettings } from './settings.ts';
import type { OciCliTraits } from './traits.ts';

interface FailedCall {
  readonly verb: string;
  readonly id: string;
  /** Without the program. */
  readonly argv: readonly string[];
  readonly result: ProgramResult;
}

/** What is wrong when the runtime does not do what it was told. */
export function failureOf(
  settings: OciCliSettings,
  traits: OciCliTraits,
  { verb, id, argv, result }: FailedCall,
): NotFoundError | RuntimeFailedError | CorruptError {
  const { name, path, stateRoot } = settings;
  const message = runtimeMessage(result.stderr);
  if (traits.unknownContainer.some((pattern) => pattern.test(message))) return unknownTo(settings, traits, id);
  const end = result.signal === undefined ? `ended with exit code ${result.exitCode}` : `was ended by ${result.signal}`;
  const words = message === '' ? `${name} ${verb} of container ${id} ${end} and without a message` : message;
  const failed = new RuntimeFailedError(words, {
    code: `oci-${verb}-failed`,
    argv: [path, ...argv],
    exitCode: result.exitCode,
    stderr: result.stderr,
  });
  const damaged = traits.record && damagedRecord(traits.record, id, stateRoot);
  if (damaged === undefined) return failed;
  return new CorruptError(`what ${name} wrote down of container ${id} is damaged: ${damaged}`, {
    code: 'damaged-runtime-state',
    path: damaged,
    cause: failed,
  });
}

export function unknownTo({ name, stateRoot }: OciCliSettings, { record }: OciCliTraits, id: string): NotFoundError {
  const missing = record === undefined ? '' : `: there is no ${join(recordDirectory(record, id, stateRoot), record.file)}`;
  return new NotFoundError(`${name} knows no container ${id}${missing}`, { code: 'no-such-container' });
}
