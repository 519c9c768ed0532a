import type { BlobProgress } from '@tspod/core';
import { expect, it } from 'vitest';
import { ProgressReader, parseBlobLine } from './progress.ts';

it('reads lines about blobs', () => {
  expect(parseBlobLine('Copying blob c92d6fce2d81 [=====>----] 14.5MiB / 28.6MiB')).toEqual({
    kind: 'blob',
    digest: 'c92d6fce2d81',
    bytes: 15_204_352,
    total: 29_989_274,
    state: 'copying',
  });
  expect(parseBlobLine('Copying config b214587057 [====] 651.0b / 651.0b')).toMatchObject({
    kind: 'config',
    bytes: 651,
    total: 651,
  });
  expect(parseBlobLine('Copying blob 8c4662bf1768 skipped: already exists  ')).toMatchObject({ state: 'skipped' });
  expect(parseBlobLine('Copying blob 8c4662bf1768 done  ')).toMatchObject({ state: 'done' });
  expect(parseBlobLine('Copying blob 8c4662bf1768 .    ')).toMatchObject({ state: 'copying', total: undefined });
  expect(parseBlobLine('Writing manifest to image destination')).toBeUndefined();
});

it('tells how far each blob is, once for each change, and passes other lines on', () => {
  const lines: string[] = [];
  const blobs: BlobProgress[] = [];
  let now = 0;
  const reader = new ProgressReader({ onLine: (line) => lines.push(line), onBlob: (blob) => blobs.push(blob) }, () => now);
  reader.write('Getting image source signatures\r\nCopying blob c92d6fce2d81 [>--] 0.0b / 2.0MiB\r\nCopying bl');
  reader.write('ob aaaaaaaaaaaa skipped: already exists  \r\n');
  now = 500;
  reader.write(
    '\u001b[2A\u001b[JCopying blob c92d6fce2d81 [=>-] 1.0MiB / 2.0MiB\r\nCopying blob aaaaaaaaaaaa skipped: already exists  \r\n',
  );
  now = 1000;
  for (let repeat = 0; repeat < 3; repeat += 1) {
    reader.write('\u001b[2A\u001b[JCopying blob c92d6fce2d81 done  \r\nCopying blob aaaaaaaaaaaa skipped: already exists  \r\n');
  }
  reader.write('Writing manifest to image destination\r\n');
  expect(lines).toEqual(['Getting image source signatures', 'Writing manifest to image destination']);
  expect(blobs.map(({ digest, bytes, rate, state }) => ({ digest, bytes, rate, state }))).toEqual([
    { digest: 'c92d6fce2d81', bytes: 0, rate: 0, state: 'copying' },
    { digest: 'aaaaaaaaaaaa', bytes: 0, rate: 0, state: 'skipped' },
    { digest: 'c92d6fce2d81', bytes: 1_048_576, rate: 2_097_152, state: 'copying' },
    { digest: 'c92d6fce2d81', bytes: 2_097_152, rate: 2_097_152, state: 'done' },
  ]);
});
