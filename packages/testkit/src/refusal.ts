import assert from 'node:assert/strict';
import { EngineError, type ErrorKind } from '@tspod/core';

/** Expects a promise to be rejected with this error of the engine, whose message has all of `mentions`. Any other error passes through. */
export async function assertRefuses(
  promise: Promise<unknown>,
  kind: ErrorKind,
  code: string,
  ...mentions: readonly (string | RegExp)[]
): Promise<void> {
  const error: unknown = await promise.then(
    () => assert.fail(`expected ${code}, but it was accepted`),
    (reason) => reason,
  );
  if (!EngineError.isInstance(error)) throw error;
  assert.deepEqual({ kind: error.kind, code: error.code }, { kind, code });
  for (const mention of mentions) {
    const isThere = typeof mention === 'string' ? error.message.includes(mention) : mention.test(error.message);
    assert.ok(isThere, `"${error.message}" does not mention ${mention}`);
  }
}
