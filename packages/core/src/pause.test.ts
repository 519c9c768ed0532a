import { expect, test } from 'vitest';
import { pause } from './pause.ts';

test('a pause ends in its time, or with the reason of its signal', async () => {
  const start = performance.now();
  await pause(20);
  expect(performance.now() - start).toBeGreaterThanOrEqual(19);
  const reason = new Error('enough');
  const controller = new AbortController();
  const pausing = pause(60_000, controller.signal);
  controller.abort(reason);
  await expect(pausing).rejects.toBe(reason);
  await expect(pause(60_000, AbortSignal.abort(reason))).rejects.toBe(reason);
});
