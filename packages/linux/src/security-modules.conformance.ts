import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { loadApparmorProfile } from './apparmor.ts';
import { readAttribute } from './inode.ts';
import { labelFiles } from './selinux.ts';

/** The kernel keeps labels as they are written where no SELinux looks at them. */
it('labels a tree and nothing outside of it', async () => {
  const root = mkdtempSync('/var/tmp/tspod-labels-');
  try {
    const [tree, outside] = [join(root, 'tree'), join(root, 'outside')];
    mkdirSync(join(tree, 'below'), { recursive: true });
    writeFileSync(join(tree, 'below/file'), '');
    writeFileSync(outside, '');
    symlinkSync(outside, join(tree, 'link'));
    await labelFiles(tree, 'u:r:t:s0');
    const labelOf = (path: string) => readAttribute(Buffer.from(path), 'security.selinux')?.toString();
    for (const path of [tree, join(tree, 'below'), join(tree, 'below/file')]) expect(labelOf(path)).toBe('u:r:t:s0\0');
    expect(labelOf(outside)).toBeUndefined();
    await labelFiles(join(tree, 'below/file'), 'u:r:t:s0:c1,c2');
    expect(labelOf(join(tree, 'below/file'))).toBe('u:r:t:s0:c1,c2\0');
  } finally {
    rmSync(root, { recursive: true });
  }
});

const parser = ['/usr/sbin/apparmor_parser', '/sbin/apparmor_parser'].some((path) => existsSync(path));
if (!parser)
  console.warn('compiling AppArmor profiles: skipped, there is no apparmor_parser (scripts/setup --tests installs it)');

it.skipIf(!parser)('hands a profile to the parser, and tells what that says', async () => {
  await loadApparmorProfile('profile one { file, deny mount, }\n', '-QK');
  await expect(loadApparmorProfile('profile one { bogus }\n', '-QK')).rejects.toMatchObject({
    code: 'apparmor-refused',
    message: expect.stringMatching(/syntax error/i),
  });
});
