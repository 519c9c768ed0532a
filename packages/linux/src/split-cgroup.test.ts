import { expect, test } from 'vitest';
import { ownCgroup } from './split-cgroup.ts';

test.each([
  ['0::/system.slice/web.service\n', '/system.slice/web.service'],
  ['3:memory:/x\n1:name=systemd:/system.slice/web.service\n0::/\n', '/system.slice/web.service'],
  ['1:name=systemd:/a\n0::/b\n', '/b'],
  ['3:memory:/x\n1:name=systemd:/\n0::/\n', undefined],
  ['', undefined],
])('the cgroup that a service manager chose, of %j', (table, path) => {
  expect(ownCgroup(table)).toBe(path);
});
