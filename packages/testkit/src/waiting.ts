import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';

/** Milliseconds after which something that should happen soon is missed. */
const patience = 5_000;

/** @throws {AssertionError} after 5 seconds. */
export async function until(condition: () => boolean | Promise<boolean>, what: string | (() => string)): Promise<void> {
  for (const end = Date.now() + patience; !(await condition()); await sleep(5)) {
    assert.ok(Date.now() < end, `waited in vain until ${typeof what === 'string' ? what : what()}`);
  }
}

/** The promise's result. @throws {AssertionError} after 5 seconds. */
export async function inTime<Result>(promise: Promise<Result>, what: string): Promise<Result> {
  const late = new AbortController();
  const missed = sleep(patience, undefined, { signal: late.signal }).then(() => assert.fail(`waited in vain for ${what}`));
  try {
    return await Promise.race([promise, missed]);
  } finally {
    late.abort();
    missed.catch(() => undefined);
  }
}
