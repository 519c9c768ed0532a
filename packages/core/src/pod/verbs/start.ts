import { attendanceLock } from '../../container/attendance.ts';
import { withLocked } from '../../container/guard.ts';
import { cleanUp } from '../../container/verbs/cleanup.ts';
import { remove } from '../../container/verbs/remove.ts';
import { InvalidStateError } from '../../errors.ts';
import { recordEvent } from '../../runtime/events.ts';
import type { RuntimeParts } from '../../runtime/parts.ts';
import type { PodConfig } from '../config.ts';
import { PodFailedError } from '../errors.ts';
import { type Member, withPod } from '../members.ts';

/**
 * Starts every container of a pod that does not run, each after those that it depends on: the infra container, then the init
 * containers one after the other to their ends, then the rest. A container whose dependency failed is not tried.
 *
 * @throws {PodFailedError} naming the containers that did not start; those that did go on.
 */
export async function startPod(parts: RuntimeParts, id: string): Promise<void> {
  await withPod(parts, id, (pod, members) => startMembers(parts, pod, members, 'starting'));
}

/** The start itself; the pod's lock is held. @param doing for the error */
export async function startMembers(
  parts: RuntimeParts,
  pod: PodConfig,
  members: readonly Member[],
  doing: string,
): Promise<void> {
  const failures = new Map<string, unknown>();
  const isInit = ({ stored }: Member) => stored.config.initContainer !== undefined;
  const isInfra = ({ stored }: Member) => stored.config.isInfra === true;
  const ordered = [
    ...members.filter(isInfra),
    ...members.filter(isInit),
    ...members.filter((member) => !isInfra(member) && !isInit(member)),
  ];
  const runs = members.some((member) => !isInfra(member) && !isInit(member) && member.state.status === 'running');
  for (const member of ordered) {
    const { config } = member.stored;
    const isBlocked = config.dependencies?.some((needed) => failures.has(needed)) ?? false;
    try {
      if (isBlocked) throw notTried(config.id);
      if (!isInit(member)) await startUnlessActive(member);
      else if (!runs) await runInit(parts, member);
    } catch (error) {
      failures.set(config.id, error);
      if (isInit(member)) break;
    }
  }
  if (failures.size > 0) throw new PodFailedError(pod.id, doing, failures);
  await recordEvent(parts, { type: 'pod', action: 'start', id: pod.id, name: pod.name, attributes: pod.labels });
}

async function startUnlessActive({ container, state }: Member): Promise<void> {
  if (state.status === 'running' || state.status === 'paused') return;
  await container.start();
}

/** To its end, which must be a good one. */
async function runInit(parts: RuntimeParts, { container, stored }: Member): Promise<void> {
  const attendance = await parts.locker.tryAcquire(attendanceLock(container.id)); // spares the exit command
  let exitCode: number;
  try {
    await container.start();
    exitCode = await container.wait();
    await withLocked(parts, container.id, cleanUp);
  } finally {
    await attendance?.release({ forget: true });
  }
  if (exitCode !== 0) {
    throw new InvalidStateError(`init container ${container.id} exited with code ${exitCode}`, {
      code: 'init-container-failed',
      actual: 'exited',
      allowed: [],
    });
  }
  if (stored.config.initContainer === 'once') await remove(parts, container.id);
}

function notTried(id: string): InvalidStateError {
  return new InvalidStateError(`a dependency of container ${id} failed to start: container state improper`, {
    code: 'dependency-not-running',
    actual: 'configured',
    allowed: ['running'],
  });
}
