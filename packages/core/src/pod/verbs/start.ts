import { InvalidStateError } from '../../errors.ts';
import { recordEvent } from '../../runtime/events.ts';
import type { RuntimeParts } from '../../runtime/parts.ts';
import { PodFailedError } from '../errors.ts';
import { type Member, withPod } from '../members.ts';

/**
 * Starts every container of a pod that does not run, each after those that it depends on: the infra container, then the init
 * containers one after the other to their ends, then the rest. A container whose dependency failed is not tried.
 *
 * @throws {PodFailedError} naming the containers that did not start; those that did go on.
 */
export async function startPod(parts: RuntimeParts, id: string): Promise<void> {
  await withPod(parts, id, async (pod, members) => {
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
      const failed = config.dependencies?.find((needed) => failures.has(needed));
      try {
        if (failed !== undefined) throw notTried(config.id, failed);
        if (!isInit(member)) await startUnlessActive(member);
        else if (!runs) await runInit(member);
      } catch (error) {
        failures.set(config.id, error);
        if (isInit(member)) break;
      }
    }
    if (failures.size > 0) throw new PodFailedError(pod.id, 'starting', failures);
    await recordEvent(parts, { type: 'pod', action: 'start', id, name: pod.name, attributes: pod.labels });
  });
}

async function startUnlessActive({ container, state }: Member): Promise<void> {
  if (state.status === 'running' || state.status === 'paused') return;
  await container.start();
}

/** To its end, which must be a good one. */
async function runInit({ container, stored }: Member): Promise<void> {
  await container.start({ attended: true });
  const exitCode = await container.wait();
  await container.cleanup();
  if (exitCode !== 0) {
    throw new InvalidStateError(`init container ${container.id} exited with code ${exitCode}`, {
      code: 'init-container-failed',
      actual: 'exited',
      allowed: [],
    });
  }
  if (stored.config.initContainer === 'once') await container.remove();
}

function notTried(id: string, needed: string): InvalidStateError {
  return new InvalidStateError(`container ${id} depends on container ${needed}, which could not be started`, {
    code: 'dependency-not-running',
    actual: 'configured',
    allowed: ['running'],
  });
}
