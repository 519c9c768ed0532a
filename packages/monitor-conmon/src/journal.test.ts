import { expect, test } from 'vitest';
import { parseRecord } from './journal.ts';

const record = { __CURSOR: 's=1', __REALTIME_TIMESTAMP: '1795742426642258', PRIORITY: '6', MESSAGE: 'out\n' };
const parse = (changes: object) => {
  const entry = parseRecord(JSON.stringify({ ...record, ...changes }));
  return entry && { ...entry, text: Buffer.from(entry.text).toString('latin1') };
};

test('a record of the journal is a line as other logs have it', () => {
  expect(parse({})).toEqual({
    ...{ stream: 'stdout', time: '2026-11-27T01:20:26.642258000+00:00', text: 'out', partial: false, cursor: 's=1' },
  });
  expect(parse({ PRIORITY: '3', MESSAGE: 'no end' })).toMatchObject({ stream: 'stderr', text: 'no end' });
  expect(parse({ MESSAGE: 'part', CONTAINER_PARTIAL_MESSAGE: 'true' })).toMatchObject({ text: 'part', partial: true });
  expect(parse({ MESSAGE: [0xff, 0x00, 0x0a] })).toMatchObject({ text: '\xff\0' });
  expect(parse({ MESSAGE: null })).toBeUndefined();
});
