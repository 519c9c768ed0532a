import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { LiveState, StoredContainer } from '../contracts/state-store.ts';
import { EngineError } from '../errors.ts';
import type { RuntimeParts } from '../runtime/parts.ts';
import { runtimeOf, storageOf } from './backends.ts';
import { monitorPaths } from './paths.ts';
import { isDamage } from './run.ts';
import { isAlive, transition } from './state.ts';

/** How long a monitor that is still there may take to write the exit status of a process that is gone. Milliseconds. */
const exitStatusPatience = 5_000;

/**
 * The live state as the machine shows it now. Answers the same object when the stored one still holds. Changes nothing: a
 * reader without the lock may use it, a verb saves what it gets.
 */
export async function refresh(parts: RuntimeParts, stored: StoredContainer): Promise<LiveState> {
  const { live } = stored;
  if (live === undefined) return rebuild(parts, stored);
  if (stored.removing) return live.state.status === 'removing' ? live : { ...live, state: { status: 'removing' } };
  if (!isAlive(live.state)) return live;

  const paths = monitorPaths(parts.places, stored.config, live.runDir);
  const written = await parts.monitor.exitStatus(paths);
  if (written !== undefined) return { ...live, state: transition(live.state, { type: 'died', ...written }) };
  if (parts.host.isRunning(live.state.process)) {
    if (live.freezing !== undefined) return frozenOrNot(parts, stored, live);
    return live.state.status === 'created' ? startedUnnoticed(parts, stored, live) : live;
  }

  const late = await parts.monitor.waitExit(paths, { signal: AbortSignal.timeout(exitStatusPatience) }).catch(ignoreTimeout);
  const exit = late ?? { exitCode: -1, finishedAt: new Date().toISOString(), oomKilled: false };
  return { ...live, state: transition(live.state, { type: 'died', ...exit }) };
}

/** Who starts a container may die between the start and the saving of it; only the runtime knows then. */
async function startedUnnoticed(parts: RuntimeParts, { config }: StoredContainer, live: LiveState): Promise<LiveState> {
  const status = await runtimeOf(parts, config)
    .state(config.id)
    .then((state) => state.status, untold);
  if (status !== 'running') return live;
  return { ...live, state: transition(live.state, { type: 'started', at: new Date().toISOString() }) };
}

/** Who pauses a container, or lets it go on, may die before it is saved. */
async function frozenOrNot(parts: RuntimeParts, { config }: StoredContainer, live: LiveState): Promise<LiveState> {
  const status = await runtimeOf(parts, config)
    .state(config.id)
    .then((state) => state.status, untold);
  if (live.state.status === 'running' && status === 'paused')
    return { ...live, state: transition(live.state, { type: 'paused' }) };
  if (live.state.status === 'paused' && status === 'running')
    return { ...live, state: transition(live.state, { type: 'unpaused' }) };
  return live;
}

/** What is known of a container that has no live state: after creation, or after a reboot. Never running. */
function rebuild(parts: RuntimeParts, stored: StoredContainer): LiveState {
  const { config, lastRun } = stored;
  const { runDir } = storageOf(parts, config).directories(config.id);
  if (stored.removing) return { state: { status: 'removing' }, runDir };
  if (lastRun !== undefined) {
    const { stoppedByUser, checkpointedAt, ...exit } = lastRun;
    return { state: { status: 'exited', ...exit }, runDir, stoppedByUser, checkpointedAt };
  }
  if (existsSync(join(config.staticDir, 'config.json'))) {
    return { state: { status: 'exited', exitCode: -1, finishedAt: config.createdAt, oomKilled: false }, runDir };
  }
  return { state: { status: 'configured' }, runDir };
}

/** It ended between the two looks, and the next one will see it; or the runtime has lost it, and then what was written down last stands. */
function untold(error: unknown): undefined {
  if (EngineError.isInstance(error) && (error.code === 'no-such-container' || isDamage(error))) return undefined;
  throw error;
}

function ignoreTimeout(error: unknown): undefined {
  if (error instanceof DOMException && error.name === 'TimeoutError') return undefined;
  throw error;
}
