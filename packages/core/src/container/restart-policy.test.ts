import { describe, expect, it } from 'vitest';
import type { LiveState } from '../contracts/state-store.ts';
import type { ContainerConfig, RestartPolicy } from './config.ts';
import { checkRestartPolicy, parseRestartPolicy, restarterOf, shouldRestart } from './restart-policy.ts';

describe('parseRestartPolicy', () => {
  it.each([
    ['no', 'no', 0],
    ['always', 'always', 0],
    ['unless-stopped', 'unless-stopped', 0],
    ['on-failure', 'on-failure', 0],
    ['on-failure:0', 'on-failure', 0],
    ['on-failure:3', 'on-failure', 3],
  ])('takes %s', (text, name, maximumRetries) => {
    expect(parseRestartPolicy(text)).toEqual({ name, maximumRetries });
  });

  it.each(['foo', '', 'ALWAYS', 'no:3', 'always:1', 'on-failure:x', 'on-failure:', 'on-failure:-1', 'on-failure:1:2'])(
    'refuses "%s"',
    (text) => {
      expect(() => parseRestartPolicy(text)).toThrow(expect.objectContaining({ code: 'invalid-restart-policy' }));
    },
  );
});

describe('checkRestartPolicy', () => {
  it('refuses to restart for ever what is to remove itself', () => {
    for (const name of ['always', 'unless-stopped'] as const) {
      expect(() => checkRestartPolicy({ name, maximumRetries: 0 }, true)).toThrow(
        expect.objectContaining({ code: 'conflicting-options' }),
      );
    }
    expect(checkRestartPolicy({ name: 'on-failure', maximumRetries: 1 }, true)).toEqual({
      name: 'on-failure',
      maximumRetries: 1,
    });
    expect(checkRestartPolicy(undefined, true)).toBeUndefined();
  });

  it.each([
    { name: 'sometimes' as 'no', maximumRetries: 0 },
    { name: 'on-failure', maximumRetries: -1 },
    { name: 'on-failure', maximumRetries: 1.5 },
    { name: 'always', maximumRetries: 2 },
  ] satisfies RestartPolicy[])('refuses $name with $maximumRetries retries', (policy) => {
    expect(() => checkRestartPolicy(policy, false)).toThrow(expect.objectContaining({ code: 'invalid-restart-policy' }));
  });
});

describe('shouldRestart', () => {
  const after = (policy: string | undefined, exitCode: number, live: Partial<LiveState> = {}) =>
    shouldRestart({ restartPolicy: policy === undefined ? undefined : parseRestartPolicy(policy) } as ContainerConfig, {
      state: { status: 'stopped', exitCode, finishedAt: '', oomKilled: false },
      runDir: '/run',
      ...live,
    });

  it('follows the policy', () => {
    expect(after(undefined, 1)).toBe(false);
    expect(after('no', 1)).toBe(false);
    expect(after('always', 0)).toBe(true);
    expect(after('unless-stopped', 0)).toBe(true);
    expect(after('on-failure', 0)).toBe(false);
    expect(after('on-failure', 1, { restarts: 1000 })).toBe(true);
    expect(after('on-failure:2', 1)).toBe(true);
    expect(after('on-failure:2', 1, { restarts: 1 })).toBe(true);
    expect(after('on-failure:2', 1, { restarts: 2 })).toBe(false);
  });

  it('leaves alone what a user stopped, what is cleaned up, and what runs', () => {
    expect(after('always', 137, { stoppedByUser: true })).toBe(false);
    expect(after('always', 1, { state: { status: 'exited', exitCode: 1, finishedAt: '', oomKilled: false } })).toBe(false);
    expect(after('always', 1, { state: { status: 'running', startedAt: '', process: { pid: 1, startTime: 1 } } })).toBe(false);
  });
});

describe('restarterOf', () => {
  const config = { restartPolicy: { name: 'always', maximumRetries: 0 } } as ContainerConfig;
  const process = { pid: 7, startTime: 1 };
  const exit = { exitCode: 1, finishedAt: '', oomKilled: false };

  it('names the monitor that will start it again, and the one that is just doing so', () => {
    expect(restarterOf(config, { state: { status: 'stopped', ...exit }, runDir: '/run', monitor: process })).toBe(process);
    expect(restarterOf(config, { state: { status: 'exited', ...exit }, runDir: '/run', restarter: process })).toBe(process);
  });

  it('names none where the run has come to its end, or goes on', () => {
    expect(restarterOf(config, { state: { status: 'exited', ...exit }, runDir: '/run' })).toBeUndefined();
    const stoppedByUser = {
      state: { status: 'stopped', ...exit },
      runDir: '/run',
      monitor: process,
      stoppedByUser: true,
    } as const;
    expect(restarterOf(config, stoppedByUser)).toBeUndefined();
    const running = { status: 'running', startedAt: '', process } as const;
    expect(restarterOf(config, { state: running, runDir: '/run', monitor: process })).toBeUndefined();
  });
});
