import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { NotFoundError, parseTrustPolicy, type TrustPolicy } from '@tspod/core';
import type { Context } from './context.ts';

/** Where the policy is: what is given, the user's own if there is one, else the system's. */
export function policyPath(given: string | undefined, { environment, workingDirectory }: Context): string {
  if (given !== undefined) return resolve(workingDirectory, given);
  const own = join(environment.HOME ?? '/root', '.config/containers/policy.json');
  return existsSync(own) ? own : '/etc/containers/policy.json';
}

export function readPolicyText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'ENOENT')) throw cause;
    throw new NotFoundError(`unable to read ${path}: no such file or directory`, { code: 'no-such-file', cause });
  }
}

export function readPolicy(path: string): TrustPolicy {
  return parseTrustPolicy(readPolicyText(path), path);
}
