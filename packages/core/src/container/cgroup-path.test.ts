import { expect, test } from 'vitest';
import { cgroupDirectory, cgroupsPathOf } from './cgroup-path.ts';

test('a path for cgroupfs, slice and scope for systemd', () => {
  expect(cgroupsPathOf('cgroupfs', '/libpod_parent', '4f5e')).toBe('/libpod_parent/libpod-4f5e');
  expect(cgroupsPathOf('systemd', 'machine.slice', '4f5e')).toBe('machine.slice:libpod:4f5e');
});

test('a parent of the other kind is refused', () => {
  const refusal = expect.objectContaining({ code: 'invalid-cgroup-parent' });
  expect(() => cgroupsPathOf('cgroupfs', 'machine.slice', '4f5e')).toThrow(refusal);
  expect(() => cgroupsPathOf('systemd', '/libpod_parent', '4f5e')).toThrow(refusal);
});

test.each([
  ['/libpod_parent/libpod-4f5e', '/libpod_parent/libpod-4f5e'],
  ['machine.slice:libpod:4f5e', '/machine.slice/libpod-4f5e.scope'],
  ['machine-pods-one.slice:libpod:4f5e', '/machine.slice/machine-pods.slice/machine-pods-one.slice/libpod-4f5e.scope'],
])('%s is at %s', (cgroupsPath, directory) => {
  expect(cgroupDirectory(cgroupsPath)).toBe(directory);
});
