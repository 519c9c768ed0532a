import { statSync } from 'node:fs';
import { join } from 'node:path';
import { CorruptError, readTextIfThere } from '@tspod/core';
import { lockFile, type RecordLock, type RecordLockKind, replaceFile } from '@tspod/linux';
import { goJson } from './go-json.ts';
import { type FieldTypes, recordFault, type StoreRecord } from './records.ts';

export interface TableFiles {
  readonly directory: string;
  /** `layers` for layers.json, volatile-layers.json and layers.lock. */
  readonly name: string;
  readonly fields: FieldTypes;
  /** Whether newer tools keep a second file, `volatile-<name>.json`, for what a crash of the machine may take. */
  readonly hasVolatile: boolean;
  /** Whether the file lies on disk and must survive a crash of the machine. */
  readonly durable: boolean;
}

/** One kind of record: its files, its lock, and what of it is remembered between uses. */
export interface RecordTable<Row extends StoreRecord> {
  /**
   * The records as the files have them at this moment, without a lock: files are only ever replaced whole, and so a reader never
   * waits for another program. Those flagged incomplete are left out.
   * @throws {CorruptError} when a file is not what it should be.
   */
  read(): readonly Row[];
  /** Takes the lock, waiting for it if need be, for as long as `use` runs. */
  locked<Result>(kind: RecordLockKind, use: (table: LockedTable<Row>) => Promise<Result> | Result): Promise<Result>;
}

/** A table whose lock is held. Changes are seen by others after `save`. */
export interface LockedTable<Row extends StoreRecord> {
  all(): readonly Row[];
  get(id: string): Row | undefined;
  /** Replaces the record with this id where it stands, or adds it. */
  put(record: Row): void;
  drop(id: string): void;
  save(): void;
}

interface Content<Row> {
  readonly stable: readonly Row[];
  readonly volatile: readonly Row[];
}

interface Remembered<Row> extends Content<Row> {
  readonly identity: string;
  readonly lastWrite: Buffer | undefined;
}

export function createRecordTable<Row extends StoreRecord>(files: TableFiles): RecordTable<Row> {
  const stablePath = join(files.directory, `${files.name}.json`);
  const volatilePath = join(files.directory, `volatile-${files.name}.json`);
  const lockPath = join(files.directory, `${files.name}.lock`);
  const texts = new WeakMap<Row, string>();
  let remembered: Remembered<Row> | undefined;

  function identity(): string {
    return files.hasVolatile ? `${fileIdentity(stablePath)} ${fileIdentity(volatilePath)}` : fileIdentity(stablePath);
  }

  function load(lastWrite: Buffer | undefined): Remembered<Row> {
    // Taken before the content: a file that is replaced in between is then read again next time.
    const current = identity();
    const isSame = remembered?.identity === current && (!lastWrite || remembered.lastWrite?.equals(lastWrite));
    if (remembered && isSame) return remembered;
    const stable = readRecords<Row>(stablePath, files.fields);
    const volatile = files.hasVolatile ? readRecords<Row>(volatilePath, files.fields) : [];
    remembered = { stable, volatile, identity: current, lastWrite };
    return remembered;
  }

  function text(records: readonly Row[]): string {
    const parts = records.map((record) => {
      const known = texts.get(record) ?? goJson(record);
      texts.set(record, known);
      return known;
    });
    return `[${parts.join(',')}]`;
  }

  function open(lock: RecordLock): LockedTable<Row> {
    const loaded = load(lock.readRecord());
    let saved: Content<Row> = loaded;
    let { stable, volatile }: Content<Row> = loaded;
    return {
      all: () => [...stable, ...volatile],
      get: (id) => find(stable, id) ?? find(volatile, id),
      put(record) {
        if (find(volatile, record.id)) volatile = replaced(volatile, record);
        else stable = find(stable, record.id) ? replaced(stable, record) : [...stable, record];
      },
      drop(id) {
        if (find(stable, id)) stable = stable.filter((record) => record.id !== id);
        if (find(volatile, id)) volatile = volatile.filter((record) => record.id !== id);
      },
      save() {
        remembered = undefined;
        const lastWrite = lock.writeRecord();
        if (volatile !== saved.volatile) replaceFile(volatilePath, text(volatile));
        if (stable !== saved.stable) replaceFile(stablePath, text(stable), { durable: files.durable });
        saved = { stable, volatile };
        remembered = { ...saved, identity: identity(), lastWrite };
      },
    };
  }

  return {
    read() {
      const { stable, volatile } = load(undefined);
      return [...stable, ...volatile].filter((record) => !isIncomplete(record));
    },
    async locked(kind, use) {
      const lock = await lockFile(lockPath, kind);
      try {
        return await use(open(lock));
      } finally {
        lock.release();
      }
    },
  };
}

/** Whether the record's maker, or remover, has not finished. Nobody works on it any more when its lock is free. */
export function isIncomplete(record: StoreRecord): boolean {
  const flags = record.flags;
  return typeof flags === 'object' && flags !== null && 'incomplete' in flags && flags.incomplete === true;
}

function find<Row extends StoreRecord>(records: readonly Row[], id: string): Row | undefined {
  return records.find((record) => record.id === id);
}

function replaced<Row extends StoreRecord>(records: readonly Row[], record: Row): readonly Row[] {
  return records.map((other) => (other.id === record.id ? record : other));
}

/** Changes whenever the file is replaced. */
function fileIdentity(path: string): string {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stats ? `${stats.ino}:${stats.size}:${stats.mtimeNs}:${stats.ctimeNs}` : '-';
}

function readRecords<Row extends StoreRecord>(path: string, fields: FieldTypes): readonly Row[] {
  const content = readTextIfThere(path);
  // An empty file is what Go's tools take for an empty list, too.
  if (content === undefined || content === '') return [];
  let parsed: unknown;
  try {
    parsed = JSON.parse(content);
  } catch (cause) {
    throw corrupt(path, cause instanceof Error ? cause.message : String(cause), cause);
  }
  if (parsed === null) return [];
  if (!Array.isArray(parsed)) throw corrupt(path, 'it holds no list');
  for (const value of parsed) {
    const fault = recordFault(value, fields);
    if (fault) throw corrupt(path, fault);
  }
  return parsed as Row[];
}

function corrupt(path: string, fault: string, cause?: unknown): CorruptError {
  return new CorruptError(`${path} can't be used: ${fault}`, {
    code: 'corrupt-records',
    path,
    hint: 'restore the file from a backup, or let `tspod system check` have a look; nothing was changed',
    cause,
  });
}
