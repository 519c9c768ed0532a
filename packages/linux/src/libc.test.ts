import { constants } from 'node:os';
import { describe, expect, it } from 'vitest';
import { checked, libraryFunction } from './libc.ts';
import { hasCode, systemError } from './system-error.ts';
import { runsSources, startScript } from './test-process.ts';

describe('native calls', () => {
  it.runIf(runsSources)('load their binding with the first of them, not before', async () => {
    await using script = startScript(
      `import { readFileSync } from 'node:fs';
      const isLoaded = () => readFileSync('/proc/self/maps', 'utf8').includes('koffi.node');
      const host = linux.createLinuxHost();
      await host.facts();
      host.isRunning(host.processIdentity(process.pid));
      linux.createLinuxLocker({ directory: '/none' });
      console.log(isLoaded(), linux.isMountPoint('/proc'), isLoaded());`,
    );
    expect(await script.line()).toBe('false true true');
  });

  it("fail with errors like Node's own", () => {
    const open = libraryFunction('open', 'int', ['str', 'int']);
    const path = '/no/such/file';
    let ours: unknown;
    let theirs: unknown;
    try {
      checked(open(path, 0), { syscall: 'open', path });
    } catch (error) {
      ours = error;
    }
    try {
      process.getBuiltinModule('node:fs').openSync(path, 'r');
    } catch (error) {
      theirs = error;
    }
    expect(ours).toEqual(theirs);
    expect(ours).toMatchObject({ code: 'ENOENT', errno: -2, syscall: 'open', path });
    expect([hasCode(ours, 'EPERM', 'ENOENT'), hasCode(ours, 'EPERM'), hasCode('ENOENT', 'ENOENT')]).toEqual([true, false, false]);
  });

  it('name every error, also those that Node has no text for', () => {
    const failure = systemError(constants.errno.ESTALE, { syscall: 'mount', path: 'a', dest: 'b', details: 'overlay: no' });
    expect(failure).toMatchObject({ code: 'ESTALE', errno: -constants.errno.ESTALE, dest: 'b' });
    expect(failure.message).toMatch(/^ESTALE: .*, mount 'a' -> 'b': overlay: no$/);
    expect(systemError(9999, { syscall: 'x' })).toMatchObject({ code: 'E9999', message: 'E9999: error 9999, x' });
  });

  it('refuse text that C would cut off', () => {
    const access = libraryFunction('access', 'int', ['str', 'int']);
    expect(() => access('/etc\0/shadow', 0)).toThrow('"/etc\\u0000/shadow" contains a zero byte, which access can\'t take');
  });
});
