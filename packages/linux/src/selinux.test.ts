import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { selinuxContexts } from './selinux.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tspod-selinux-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

test('the labels of the policy in use', () => {
  writeFileSync(join(directory, 'config'), '# comment\nSELINUX=enforcing\nSELINUXTYPE=targeted\n');
  expect(selinuxContexts(directory)).toBeUndefined();
  mkdirSync(join(directory, 'targeted/contexts'), { recursive: true });
  const path = join(directory, 'targeted/contexts/lxc_contexts');
  writeFileSync(path, 'process = "u:r:p_t:s0"\n');
  expect(selinuxContexts(directory)).toBeUndefined();
  writeFileSync(path, 'process = "u:r:p_t:s0"\nfile = "u:r:f_t:s0"\nro_file="u:r:ro_t:s0"\ninit_process = "u:r:i_t:s0"\n');
  expect(selinuxContexts(directory)).toEqual({ process: 'u:r:p_t:s0', file: 'u:r:f_t:s0', initProcess: 'u:r:i_t:s0' });
});

test('a machine without a policy', () => {
  expect(selinuxContexts(directory)).toBeUndefined();
});
