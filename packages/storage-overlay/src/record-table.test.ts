import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createRecordTable, type RecordTable } from './record-table.ts';
import { type LayerRecord, layerFields } from './records.ts';

let directory: string;
let table: RecordTable<LayerRecord>;

function openTable(): RecordTable<LayerRecord> {
  return createRecordTable<LayerRecord>({ directory, name: 'layers', fields: layerFields, hasVolatile: true, durable: true });
}

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tspod-table-'));
  table = openTable();
});

afterEach(() => rmSync(directory, { recursive: true }));

const stable = () => readFileSync(join(directory, 'layers.json'), 'utf8');
const ids = (of: RecordTable<LayerRecord> = table) => of.read().map(({ id }) => id);

function write(name: string, content: string): void {
  writeFileSync(join(directory, name), content);
}

it('is empty while there are no files, and makes none by reading', () => {
  expect(ids()).toEqual([]);
  expect(readdirSync(directory)).toEqual([]);
});

it('writes changes when saved, and only then', async () => {
  await table.locked('write', (layers) => {
    layers.put({ id: 'one' });
    layers.put({ id: 'two' });
    layers.save();
    layers.drop('one');
    layers.put({ id: 'two', parent: 'zero' });
    expect(layers.get('two')?.parent).toBe('zero');
  });
  expect(stable()).toBe('[{"id":"one"},{"id":"two"}]');
  expect(ids()).toEqual(['one', 'two']);
});

it('changes a record in the file in which it stands', async () => {
  write('layers.json', '[{"id":"one","new":1}]');
  write('volatile-layers.json', '[{"id":"two","new":2}]');
  await table.locked('write', (layers) => {
    const two = layers.get('two');
    if (two) layers.put({ ...two, parent: 'one' });
    layers.save();
  });
  expect(stable()).toBe('[{"id":"one","new":1}]');
  expect(readFileSync(join(directory, 'volatile-layers.json'), 'utf8')).toBe('[{"id":"two","new":2,"parent":"one"}]');
});

it('sees what others wrote, with and without the lock', async () => {
  const other = openTable();
  for (const id of ['one', 'two']) {
    await other.locked('write', (layers) => {
      layers.put({ id });
      layers.save();
    });
    expect(ids()).toContain(id);
    await table.locked('read', (layers) => expect(layers.get(id)?.id).toBe(id));
  }
});

it('leaves the lock file with 64 bytes that differ from write to write', async () => {
  const seen = new Set<string>();
  for (const id of ['one', 'two', 'three']) {
    await table.locked('write', (layers) => {
      layers.put({ id });
      layers.save();
    });
    const record = readFileSync(join(directory, 'layers.lock'));
    expect(record).toHaveLength(64);
    seen.add(record.toString('hex'));
  }
  expect(seen.size).toBe(3);
});

it('shows incomplete records to those alone who hold the lock', async () => {
  write('layers.json', '[{"id":"one","flags":{"incomplete":true}},{"id":"two","flags":{"other":1}}]');
  expect(ids()).toEqual(['two']);
  await table.locked('read', (layers) => expect(layers.all()).toHaveLength(2));
});

it('releases the lock when its user fails, and forgets what was not saved', async () => {
  const failing = table.locked('write', (layers) => {
    layers.put({ id: 'one' });
    throw new Error('failed');
  });
  await expect(failing).rejects.toThrow('failed');
  await table.locked('write', (layers) => expect(layers.all()).toEqual([]));
  expect(existsSync(join(directory, 'layers.json'))).toBe(false);
});

it('takes an empty file and null for an empty list', () => {
  for (const content of ['', 'null', '[]']) {
    write('layers.json', content);
    expect(ids()).toEqual([]);
  }
});

it.each([
  ['[{"id":"one"},', 'JSON'],
  ['{"id":"one"}', 'list'],
  ['["one"]', 'object'],
  ['[{"parent":"one"}]', 'id'],
  ['[{"id":"one","names":"two"}]', '"names" of one'],
  ['[{"id":"one","names":[1]}]', '"names" of one'],
  ['[{"id":"one","diff-size":"2"}]', '"diff-size" of one'],
  ['[{"id":"one","flags":[]}]', '"flags" of one'],
])('reports %s with its path', async (content, fault) => {
  write('layers.json', content);
  const path = join(directory, 'layers.json');
  const expected = { kind: 'corrupt', path, message: expect.stringMatching(fault) };
  expect(() => table.read()).toThrow(expect.objectContaining(expected));
  await expect(table.locked('write', () => undefined)).rejects.toMatchObject(expected);
  expect(stable()).toBe(content);
});

it('escapes as Go does', async () => {
  await table.locked('write', (layers) => {
    layers.put({ id: 'one', metadata: '<a & b>\u2028' });
    layers.save();
  });
  expect(stable()).toBe('[{"id":"one","metadata":"\\u003ca \\u0026 b\\u003e\\u2028"}]');
  expect(table.read()[0]?.metadata).toBe('<a & b>\u2028');
});
