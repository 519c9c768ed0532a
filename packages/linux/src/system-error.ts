import { constants } from 'node:os';

/** What Node's own system calls throw, so that callers need not know which of the two ways a call went. */
export interface SystemError extends Error {
  /** `ENOENT` and so on. */
  readonly code: string;
  /** Negative, as in Node. */
  readonly errno: number;
  readonly syscall: string;
  readonly path?: string | undefined;
  readonly dest?: string | undefined;
}

export interface FailedCall {
  readonly syscall: string;
  readonly path?: string | undefined;
  readonly dest?: string | undefined;
  /** What the kernel said beyond the number. */
  readonly details?: string | undefined;
}

/** @param errno positive, as the C library reports it. */
export function systemError(errno: number, call: FailedCall): SystemError {
  const [code, text] = describeErrno(errno);
  const subject = [call.path, call.dest].filter((name) => name !== undefined).map((name) => `'${name}'`);
  const details = call.details ? `: ${call.details}` : '';
  const message = `${code}: ${text}, ${[call.syscall, subject.join(' -> ')].filter(Boolean).join(' ')}${details}`;
  const paths = { ...(call.path !== undefined && { path: call.path }), ...(call.dest !== undefined && { dest: call.dest }) };
  return Object.assign(new Error(message), { code, errno: -errno, syscall: call.syscall, ...paths });
}

/** Whether an error is a system error with one of these codes. */
export function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && codes.includes(error.code);
}

function describeErrno(errno: number): readonly [code: string, text: string] {
  // Not imported: that costs some 3 ms, which a program without errors must not pay.
  const known = process.getBuiltinModule('node:util').getSystemErrorMap().get(-errno);
  if (known) return known;
  const name = Object.entries(constants.errno).find(([, value]) => value === errno)?.[0];
  return [name ?? `E${errno}`, `error ${errno}`];
}
