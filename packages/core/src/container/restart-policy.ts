import type { LiveState } from '../contracts/state-store.ts';
import { InvalidArgumentError } from '../errors.ts';
import type { ContainerConfig, RestartPolicy } from './config.ts';
import type { ProcessIdentity } from './state.ts';

const names = ['no', 'on-failure', 'always', 'unless-stopped'] as const satisfies RestartPolicy['name'][];

/**
 * A policy as people write it: `no`, `on-failure`, `on-failure:3`, `always`, `unless-stopped`.
 * @throws {InvalidArgumentError} `invalid-restart-policy`
 */
export function parseRestartPolicy(text: string): RestartPolicy {
  const colon = text.indexOf(':');
  const word = colon === -1 ? text : text.slice(0, colon);
  const name = names.find((known) => known === word);
  if (colon !== -1 && name !== 'on-failure') {
    throw invalid(`restart policy retries can only be specified with on-failure restart policy, not in "${text}"`);
  }
  if (name === undefined) throw invalid(`"${text}" is not a valid restart policy: invalid argument`);
  if (colon === -1) return { name, maximumRetries: 0 };
  const retries = text.slice(colon + 1);
  if (!/^[+-]?\d+$/.test(retries)) {
    throw invalid(`parsing restart policy retry count: strconv.Atoi: parsing "${retries}": invalid syntax`);
  }
  if (Number(retries) < 0) throw invalid(`must specify restart policy retry count as a number greater than 0, not ${retries}`);
  return { name, maximumRetries: Number(retries) };
}

/**
 * A policy as a library caller gives it.
 * @throws {InvalidArgumentError} `invalid-restart-policy`; `conflicting-options` with a container that removes itself.
 */
export function checkRestartPolicy(policy: RestartPolicy | undefined, autoRemove: boolean): RestartPolicy | undefined {
  if (policy === undefined) return undefined;
  const { name, maximumRetries } = policy;
  if (!names.includes(name)) throw invalid(`"${name}" is not a valid restart policy: invalid argument`);
  if (!Number.isSafeInteger(maximumRetries) || maximumRetries < 0) {
    throw invalid(`must specify restart policy retry count as a number greater than 0, not ${maximumRetries}`);
  }
  if (maximumRetries > 0 && name !== 'on-failure') {
    throw invalid(`restart policy retries can only be specified with on-failure restart policy, not with "${name}"`);
  }
  if (autoRemove && (name === 'always' || name === 'unless-stopped')) {
    throw new InvalidArgumentError('the --rm option conflicts with --restart, when the restartPolicy is not "" and "no"', {
      code: 'conflicting-options',
      hint: `a container with the restart policy "${name}" never comes to an end after which it could be removed`,
    });
  }
  return { name, maximumRetries };
}

/** Whether the policy may ever start the container again. */
export function hasRestartPolicy({ restartPolicy }: ContainerConfig): boolean {
  return restartPolicy !== undefined && restartPolicy.name !== 'no';
}

/** Whether a container whose process has ended, and which is not cleaned up yet, is to be started again. */
export function shouldRestart({ restartPolicy }: ContainerConfig, { state, stoppedByUser, restarts = 0 }: LiveState): boolean {
  if (restartPolicy === undefined || state.status !== 'stopped' || stoppedByUser) return false;
  switch (restartPolicy.name) {
    case 'no':
      return false;
    case 'always':
    case 'unless-stopped':
      return true;
    case 'on-failure':
      return state.exitCode !== 0 && (restartPolicy.maximumRetries === 0 || restarts < restartPolicy.maximumRetries);
  }
}

/**
 * The monitor whose exit command is to start the container again, or is at it; undefined where its run has come to its end. A monitor that
 * does not run any more has given it up.
 */
export function restarterOf(config: ContainerConfig, live: LiveState): ProcessIdentity | undefined {
  if (live.state.status === 'exited') return live.restarter;
  return shouldRestart(config, live) ? live.monitor : undefined;
}

function invalid(message: string): InvalidArgumentError {
  return new InvalidArgumentError(message, {
    code: 'invalid-restart-policy',
    hint: `choose one of ${names.join(', ')}; on-failure:3 gives up after three restarts`,
  });
}
