import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { requireTrustedPath } from './trusted-path.ts';

const isRoot = process.getuid?.() === 0;
if (!isRoot) console.log('skipping what requireTrustedPath looks at: files of several users need root');

describe.runIf(isRoot)('requireTrustedPath', () => {
  let directory: string;
  let module: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'tspod-trust-'));
    mkdirSync(join(directory, 'package'), { mode: 0o755 });
    module = join(directory, 'package/index.js');
    writeFileSync(module, '');
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  const refusal = (path: string) => {
    try {
      requireTrustedPath(path, 0);
      return undefined;
    } catch (error) {
      const { code, message, hint } = error as { code: string; message: string; hint?: string };
      return { code, message, hint };
    }
  };

  test("accepts what is root's alone, below a sticky directory too", () => {
    expect(refusal(module)).toBeUndefined();
  });

  test('names the component that others can write', () => {
    chmodSync(join(directory, 'package'), 0o777);
    expect(refusal(module)).toEqual({
      code: 'untrusted-path',
      message: `${module} is not loaded as root: ${directory}/package can be written by others than root`,
      hint: expect.stringContaining(`chmod go-w ${directory}/package`),
    });
    chmodSync(join(directory, 'package'), 0o755);
    chmodSync(module, 0o664);
    expect(refusal(module)).toBeUndefined(); // the group is root's
    chownSync(module, 0, 50);
    expect(refusal(module)?.message).toContain(`${module} can be written`);
    chmodSync(module, 0o1666);
    expect(refusal(module)?.message).toContain(`${module} can be written`);
  });

  test('names the component that belongs to somebody else', () => {
    chownSync(directory, 1000, 0);
    expect(refusal(module)?.message).toBe(`${module} is not loaded as root: ${directory} belongs to user 1000`);
  });

  test('follows symbolic links, and looks at where they lie', () => {
    symlinkSync('../package', join(directory, 'package/link'));
    expect(refusal(join(directory, 'package/link/index.js'))).toBeUndefined();
    mkdirSync(join(directory, 'open'));
    chmodSync(join(directory, 'open'), 0o777);
    symlinkSync('../package', join(directory, 'open/link'));
    expect(refusal(join(directory, 'open/link/index.js'))?.message).toContain(`${directory}/open can be written`);
    symlinkSync('../open', join(directory, 'package/there'));
    expect(refusal(join(directory, 'package/there/link/index.js'))?.message).toContain(`${directory}/open can be written`);
    symlinkSync('circle', join(directory, 'circle'));
    expect(refusal(join(directory, 'circle'))?.message).toContain('too many symbolic links');
  });

  test('says what is not there', () => {
    expect(refusal(join(directory, 'nosuch/index.js'))).toMatchObject({ code: 'no-such-file' });
  });

  test('lets other users than root load what they like', () => {
    chmodSync(module, 0o666);
    requireTrustedPath(module, 1000);
  });
});
