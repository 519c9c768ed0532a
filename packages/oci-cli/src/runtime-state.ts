import { parseJson, type RuntimeState } from '@tspod/core';

const statuses: readonly string[] = ['creating', 'created', 'running', 'paused', 'stopped'] satisfies RuntimeState['status'][];

/** The runtime's `state` document; undefined when it is none. Unknown keys are left out. */
export function parseRuntimeState(text: string): RuntimeState | undefined {
  const document = parseJson(text);
  if (typeof document !== 'object' || document === null) return undefined;
  const { id, status, pid = 0, bundle } = document as Record<string, unknown>;
  if (typeof id !== 'string' || typeof bundle !== 'string' || typeof pid !== 'number' || !isStatus(status)) return undefined;
  return { id, status, pid: Math.max(pid, 0), bundle }; // some say -1 for no process
}

function isStatus(value: unknown): value is RuntimeState['status'] {
  return typeof value === 'string' && statuses.includes(value);
}
