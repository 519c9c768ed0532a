import { describe, expect, test } from 'vitest';
import type { Spec } from '../oci/spec.ts';
import { type ExecProcessRequest, execProcess } from './exec-process.ts';

const spec: Spec = {
  ociVersion: '1.0.2-dev',
  process: {
    terminal: true,
    consoleSize: { height: 1, width: 2 },
    user: { uid: 5, gid: 5, umask: 0o22 },
    args: ['main'],
    env: ['PATH=/bin', 'A=container'],
    cwd: '/work',
    capabilities: { bounding: ['CAP_CHOWN', 'CAP_KILL'], effective: ['CAP_CHOWN', 'CAP_KILL'] },
    rlimits: [{ type: 'RLIMIT_NOFILE', soft: 100, hard: 200 }],
    noNewPrivileges: true,
  },
};

const request: ExecProcessRequest = {
  command: ['id'],
  user: { uid: 0, gid: 0, additionalGids: [], home: '/root' },
  hostname: 'web',
  capAdd: [],
  boundingCapabilities: ['CAP_CHOWN', 'CAP_SYS_ADMIN'],
  limits: new Map([['RLIMIT_NOFILE', { soft: 50, hard: 150 }]]),
};

describe('execProcess', () => {
  test('takes after the container’s process, but for what the session says', () => {
    expect(execProcess(spec, { ...request, environment: { A: 'session' }, workingDirectory: '/tmp' })).toEqual({
      terminal: false,
      user: { uid: 0, gid: 0, umask: 0o22 },
      args: ['id'],
      env: ['PATH=/bin', 'A=session', 'HOME=/root', 'HOSTNAME=web'],
      cwd: '/tmp',
      capabilities: {
        bounding: ['CAP_CHOWN', 'CAP_KILL'],
        effective: ['CAP_CHOWN', 'CAP_KILL'],
        permitted: ['CAP_CHOWN', 'CAP_KILL'],
      },
      rlimits: [{ type: 'RLIMIT_NOFILE', soft: 100, hard: 150 }],
      noNewPrivileges: true,
    });
  });

  test('a user other than root has only what was added for the container', () => {
    const user = { uid: 7, gid: 7, additionalGids: [8], home: undefined };
    const made = execProcess(spec, { ...request, user, capAdd: ['CAP_KILL'] });
    expect(made.user).toEqual({ uid: 7, gid: 7, umask: 0o22, additionalGids: [8] });
    expect(made.capabilities?.effective).toEqual(['CAP_KILL']);
    expect(made.env).toContain('HOME=/work');
  });

  test('a terminal has its size and its TERM', () => {
    const made = execProcess(spec, { ...request, terminal: true, size: { rows: 24, columns: 80 } });
    expect(made).toMatchObject({ terminal: true, consoleSize: { height: 24, width: 80 } });
    expect(made.env).toContain('TERM=xterm');
  });

  test('a privileged session has all that the machine can give', () => {
    expect(execProcess(spec, { ...request, privileged: true }).capabilities?.effective).toEqual(['CAP_CHOWN', 'CAP_SYS_ADMIN']);
  });

  test('a relative working directory is refused', () => {
    expect(() => execProcess(spec, { ...request, workingDirectory: 'tmp' })).toThrowError(
      expect.objectContaining({ code: 'invalid-working-directory' }),
    );
  });
});
