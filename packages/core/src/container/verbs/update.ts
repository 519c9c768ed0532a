import { InvalidStateError, NotSupportedError } from '../../errors.ts';
import type { Resources } from '../../oci/spec.ts';
import { mergeResources, withoutLifted } from '../../resources/merge.ts';
import type { ResourceOptions } from '../../resources/options.ts';
import { checkMemory, resolveResources } from '../../resources/resolve.ts';
import { recordContainerEvent } from '../../runtime/events.ts';
import { runtimeOf } from '../backends.ts';
import type { LockedContainer } from '../guard.ts';
import { throughRuntime } from '../run-on-runtime.ts';
import { isAlive } from '../state.ts';
import { undo } from './init.ts';

/**
 * Sets limits of a container: at once in its cgroup if it has one, and for its next starts. All of them, or none.
 * @throws {InvalidArgumentError} `invalid-limit`; {NotFoundError} `no-such-device`; {InvalidStateError} `container-state-improper`;
 * {NotSupportedError} `no-update` when it runs and its runtime can't.
 */
export async function update(container: LockedContainer, options: ResourceOptions): Promise<void> {
  const { parts, config } = container;
  if (container.state.status === 'removing') {
    throw new InvalidStateError(`container ${config.id} is being removed, can't update: container state improper`, {
      code: 'container-state-improper',
      actual: 'removing',
      allowed: ['configured', 'created', 'running', 'stopping', 'paused', 'stopped', 'exited'],
    });
  }
  const present = container.resources ?? config.spec.linux?.resources ?? {};
  const change = await resolveResources(options, parts.host, (message) => parts.log('warn', message));
  const resources = mergeResources(present, change);
  if (resources.memory !== undefined) checkMemory(resources.memory);
  const save = () => parts.state.saveResources(config.id, withoutLifted(resources));
  if (isAlive(container.state)) await updateRunning(container, present, change, save);
  else await save();
  await recordContainerEvent(parts, config, 'update');
}

async function updateRunning(
  container: LockedContainer,
  present: Resources,
  change: Resources,
  save: () => Promise<void>,
): Promise<void> {
  const { parts, config } = container;
  const runtime = runtimeOf(parts, config);
  if (runtime.capabilities.update === false) {
    throw new NotSupportedError(`${runtime.name} can't change the limits of a container that runs`, {
      code: 'no-update',
      hint: 'stop the container first: its limits then hold from its next start on',
    });
  }
  const { blockIO } = change;
  const namesDevices = Object.entries(blockIO ?? {}).some(([member, value]) => member !== 'weight' && value !== undefined);
  if (namesDevices && runtime.capabilities.updatesBlockDevices === false) {
    parts.log(
      'warn',
      `${runtime.name} can't change limits of single devices while a container runs: they hold from its next start on`,
    );
  }
  try {
    await throughRuntime(container, () => runtime.update(config.id, change));
    await save();
  } catch (failure) {
    await undo(() => throughRuntime(container, () => runtime.update(config.id, before(present, change))), failure);
  }
}

/** What the change is to be undone with: the values that it replaced, -1 for what was not limited. */
function before({ memory, cpu, pids, blockIO }: Resources, change: Resources): Resources {
  return {
    ...(change.memory && { memory: { limit: -1, swap: -1, ...memory } }),
    ...(change.cpu && { cpu: { quota: -1, ...cpu } }),
    ...(change.pids && { pids: pids?.limit ? pids : { limit: -1 } }),
    ...(change.blockIO && blockIO && { blockIO }),
  };
}
