import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createTurns } from './turns.ts';

/** Something that can be held once. */
function createToken() {
  const token = { isFree: true, attempts: 0, attempt: () => undefined as true | undefined };
  token.attempt = () => {
    token.attempts++;
    if (!token.isFree) return undefined;
    token.isFree = false;
    return true;
  };
  return token;
}

describe('turns', () => {
  it('take what is free without waiting', async () => {
    const token = createToken();
    await createTurns().take('key', token.attempt);
    expect(token.attempts).toBe(1);
  });

  it('poll for what another process lets go', async () => {
    const token = createToken();
    token.isFree = false;
    const taken = createTurns().take('key', token.attempt);
    await sleep(100);
    const attempts = token.attempts;
    expect(attempts).toBeGreaterThan(4);
    expect(attempts).toBeLessThan(40);
    token.isFree = true;
    expect(await taken).toBe(true);
  });

  it('try at once when woken', async () => {
    const turns = createTurns();
    const token = createToken();
    token.isFree = false;
    const taken = turns.take('key', token.attempt);
    await sleep(150);
    token.isFree = true;
    const before = token.attempts;
    turns.wake('key');
    await Promise.resolve();
    await taken;
    expect(token.attempts).toBe(before + 1);
  });

  it('come in the order of arrival, for each key by itself', async () => {
    const turns = createTurns();
    const token = createToken();
    token.isFree = false;
    const order: number[] = [];
    const callers = [1, 2, 3].map((caller) =>
      turns.take('key', token.attempt).then(() => {
        order.push(caller);
        token.isFree = true;
        turns.wake('key');
      }),
    );
    expect(await turns.take('other', () => 'free')).toBe('free');
    expect(turns.tryTake('key', () => 'pushed in')).toBeUndefined();
    token.isFree = true;
    await Promise.all(callers);
    expect(order).toEqual([1, 2, 3]);
    expect(turns.tryTake('key', () => 'nobody waits')).toBe('nobody waits');
  });

  it('let those behind pass when one gives up or fails', async () => {
    const turns = createTurns();
    const token = createToken();
    token.isFree = false;
    const abort = new AbortController();
    const impatient = turns.take('key', token.attempt, abort.signal);
    let calls = 0;
    const failing = turns.take('key', () => {
      calls++;
      throw new Error('no such file');
    });
    const patient = turns.take('key', token.attempt);
    abort.abort(new Error('enough'));
    await expect(impatient).rejects.toThrow('enough');
    await expect(failing).rejects.toThrow('no such file');
    expect(calls).toBe(1);
    token.isFree = true;
    expect(await patient).toBe(true);
  });
});
