import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseJson } from '@tspod/core';
import { recordDirectory } from './record-directory.ts';
import type { RuntimeRecord } from './traits.ts';

/** Path of the record of a container that is there and can't be understood; undefined: it is whole, or there is none. */
export function damagedRecord(record: RuntimeRecord, id: string, configuredRoot: string | undefined): string | undefined {
  const path = join(recordDirectory(record, id, configuredRoot), record.file);
  if (!existsSync(path)) return undefined;
  const known = parseJson(readFileSync(path, 'utf8'));
  const isWhole = typeof known === 'object' && known !== null && record.keys.every((key) => key in known);
  return isWhole ? undefined : path;
}
