import { expect, test } from 'vitest';
import { unlimited } from './rlimits.ts';
import { serialiseSpec } from './serialise.ts';

const process = { user: { uid: 0, gid: 0 }, cwd: '/', rlimits: [{ type: 'RLIMIT_CORE', soft: 0, hard: unlimited }] };

test('infinity has every digit, in a spec and in a process', () => {
  expect(serialiseSpec(process)).toContain('{"type":"RLIMIT_CORE","soft":0,"hard":18446744073709551615}');
  expect(serialiseSpec({ ociVersion: '1.0.2', process })).toContain('"hard":18446744073709551615}');
});

test('anything else is plain JSON', () => {
  const spec = { ociVersion: '1.0.2', process: { user: { uid: 1, gid: 2 }, cwd: '/' } };
  expect(serialiseSpec(spec)).toBe(JSON.stringify(spec));
});
