import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { isRunning, parseProcessStat, processIdentity, signalProcess, waitGone } from './process.ts';
import { startProgram } from './test-process.ts';

function identityOf(pid: number) {
  const identity = processIdentity(pid);
  if (!identity) throw new Error(`process ${pid} is not there`);
  return identity;
}

describe('processes', () => {
  it('are found by their pid and told from a later one with the same pid', () => {
    const self = identityOf(process.pid);
    expect(isRunning(self)).toBe(true);
    const earlier = { ...self, startTime: self.startTime - 1 };
    expect(isRunning(earlier)).toBe(false);
    expect(signalProcess(earlier, 9)).toBe(false);
  });

  it('may have any name', () => {
    const after = '1 1 1 0 -1 4194560 0 0 0 0 0 0 0 0 20 0 1 0 77123 0';
    expect(parseProcessStat(`12 (a) R 1) S ${after}`)).toEqual({ state: 'S', startTime: 77123 });
  });

  it('are refused when the pid is none', () => {
    for (const pid of [0, -1, 1.5, Number.NaN]) expect(() => processIdentity(pid)).toThrow(`${pid} is not the id`);
    expect(processIdentity(2 ** 30)).toBeUndefined();
  });

  it('are signalled and waited for', async () => {
    await using child = startProgram('sleep', '60');
    const identity = identityOf(child.pid);
    expect(signalProcess(identity, 0)).toBe(true);
    expect(() => signalProcess(identity, 1000)).toThrow('EINVAL');
    let gone = false;
    const waiting = waitGone(identity).then(() => {
      gone = true;
    });
    await sleep(50);
    expect(gone).toBe(false);
    expect(signalProcess(identity, 15)).toBe(true);
    await waiting;
    await child.exited;
    expect(isRunning(identity)).toBe(false);
    expect(signalProcess(identity, 15)).toBe(false);
    await waitGone(identity);
  });

  it('are gone as zombies', async () => {
    await using parent = startProgram('sh', '-c', 'sleep 0.2 & echo $!; exec sleep 60');
    const identity = identityOf(Number(await parent.line()));
    await waitGone(identity);
    expect(processIdentity(identity.pid)).toBeUndefined();
    expect(signalProcess(identity, 15)).toBe(false);
  });

  it('are no longer waited for after an abort', async () => {
    await using child = startProgram('sleep', '60');
    const abort = new AbortController();
    const waiting = waitGone(identityOf(child.pid), { signal: abort.signal });
    abort.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    await expect(waitGone(identityOf(child.pid), { signal: abort.signal })).rejects.toThrow('enough');
  });
});
