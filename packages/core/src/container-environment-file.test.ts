import { expect, test } from 'vitest';
import { containerEnvironmentFile } from './container-environment-file.ts';

const config = {
  id: 'a'.repeat(64),
  name: 'web',
  privileged: true,
  rootfs: { kind: 'image', imageId: 'b'.repeat(64), imageName: 'localhost/bb:latest' },
} as const;

test('only a privileged container learns what it is', () => {
  expect(containerEnvironmentFile({ ...config, privileged: false })).toBe('');
  expect(containerEnvironmentFile(config)).toBe(
    `engine="tspod"\nname="web"\nid="${config.id}"\nimage="localhost/bb:latest"\nimageid="${config.rootfs.imageId}"\nrootless=0\n`,
  );
});

test('a container made from a directory has no image', () => {
  const rootfs = { kind: 'directory', path: '/srv/root', overlay: false } as const;
  expect(containerEnvironmentFile({ ...config, rootfs })).toContain('image=""\nimageid=""\n');
});
