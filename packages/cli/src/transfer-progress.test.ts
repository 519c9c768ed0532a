import { expect, it } from 'vitest';
import { BlobDrawing, describeBlob } from './transfer-progress.ts';

const blob = {
  kind: 'blob',
  digest: 'c92d6fce2d8100',
  bytes: 1_000_000,
  total: 2_000_000,
  rate: 500_000,
  state: 'copying',
} as const;

it('describes a blob with a bar, amounts and rate', () => {
  expect(describeBlob(blob)).toBe('Copying blob c92d6fce2d81 [============>           ] 1 MB / 2 MB  500 kB/s');
  expect(describeBlob({ ...blob, state: 'skipped' })).toBe('Copying blob c92d6fce2d81 skipped: already exists');
  expect(describeBlob({ ...blob, state: 'done' })).toBe('Copying blob c92d6fce2d81 done   2 MB');
  expect(describeBlob({ ...blob, total: undefined })).toBe('Copying blob c92d6fce2d81 1 MB');
});

it('draws the blobs of a group anew and leaves them alone after a line of text', () => {
  let written = '';
  const drawing = new BlobDrawing((text) => {
    written += text;
  }, 40);
  drawing.line('Getting image source signatures');
  drawing.blob({ ...blob, state: 'skipped' });
  drawing.blob({ ...blob, digest: 'aaaaaaaaaaaa', state: 'skipped' });
  drawing.line('Writing manifest');
  drawing.blob({ ...blob, state: 'skipped' });
  const skipped = (digest: string) => `Copying blob ${digest} skipped: already exists`.slice(0, 39);
  const up = `${String.fromCharCode(27)}[1A${String.fromCharCode(27)}[J`;
  expect(written).toBe(
    [
      'Getting image source signatures',
      skipped('c92d6fce2d81'),
      `${up}${skipped('c92d6fce2d81')}`,
      skipped('aaaaaaaaaaaa'),
      'Writing manifest',
      skipped('c92d6fce2d81'),
      '',
    ].join('\n'),
  );
});
