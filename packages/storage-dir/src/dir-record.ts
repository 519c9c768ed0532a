import { CorruptError, type IdMaps, type RootfsSource, readTextIfThere } from '@tspod/core';
import { replaceFile } from '@tspod/linux';

/** What is kept of one container. */
export interface DirRecord {
  readonly name: string;
  readonly source: RootfsSource;
  readonly createdAt: string;
  /** Options of its mount, in place of the storage's own. */
  readonly mountOptions?: readonly string[] | undefined;
  readonly mountLabel?: string | undefined;
  readonly idMaps?: IdMaps | undefined;
  /** The root filesystem is still being made; when nobody works on it, that was interrupted. */
  readonly incomplete?: boolean | undefined;
}

/** The record, or undefined when there is none. @throws {CorruptError} when it can't be understood. */
export function readRecord(path: string): DirRecord | undefined {
  const text = readTextIfThere(path, ['ENOENT', 'ENOTDIR']);
  if (text === undefined) return undefined;
  const record = parse(path, text);
  if (!isRecord(record)) throw corrupt(path, 'fields are missing');
  return record;
}

export function writeRecord(path: string, record: DirRecord, durable: boolean): void {
  replaceFile(path, `${JSON.stringify(record)}\n`, { durable });
}

function parse(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw corrupt(path, 'it is no JSON', cause);
  }
}

function isRecord(value: unknown): value is DirRecord {
  if (typeof value !== 'object' || value === null) return false;
  const { name, source, createdAt } = value as Partial<DirRecord>;
  if (typeof name !== 'string' || typeof createdAt !== 'string' || typeof source !== 'object' || source === null) return false;
  return source.kind === 'image'
    ? typeof source.imageId === 'string'
    : source.kind === 'directory' && typeof source.path === 'string';
}

function corrupt(path: string, fault: string, cause?: unknown): CorruptError {
  return new CorruptError(`${path} can't be used: ${fault}`, {
    code: 'corrupt-record',
    path,
    hint: 'restore the file, or remove the container with `tspod rm --force`',
    cause,
  });
}
