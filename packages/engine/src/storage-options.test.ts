import { expect, test } from 'vitest';
import { overlayOptions } from './storage-options.ts';

test('options are read with and without the driver’s name, the last one wins', () => {
  expect(
    overlayOptions([
      'overlay.mountopt=nodev,metacopy=on',
      '.mountopt=nodev',
      'overlay2.imagestore=/a',
      'additionalimagestores=/b,/c',
    ]),
  ).toEqual({
    mountOptions: ['nodev'],
    mountProgram: undefined,
    additionalImageStores: ['/a', '/b', '/c'],
  });
  expect(overlayOptions(['overlay.mount_program=/usr/bin/fuse-overlayfs']).mountProgram).toBe('/usr/bin/fuse-overlayfs');
  expect(overlayOptions(['overlay.force_mask=shared']).forceMask).toBe('shared');
  expect(overlayOptions(['vfs.ignore_chown_errors=true'])).toMatchObject({ additionalImageStores: [] });
});

test('an option without a value is refused', () => {
  expect(() => overlayOptions(['overlay.mountopt'])).toThrowError(expect.objectContaining({ code: 'invalid-storage-option' }));
});
