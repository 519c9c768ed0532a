import { match } from 'ts-pattern';
import { InvalidStateError } from '../errors.ts';

/** A process, named so that a recycled pid is not mistaken for it. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Field 22 of `/proc/<pid>/stat`: clock ticks since boot at which the process started. */
  readonly startTime: number;
}

/** How a container's process ended. */
export interface Exit {
  /** 0 to 255; 128 + n when signal n ended it; -1 when it can't be known any more (the monitor died first). */
  readonly exitCode: number;
  /** ISO 8601. */
  readonly finishedAt: string;
  readonly oomKilled: boolean;
}

/** What `created`, `running`, `paused` and `stopping` have in common. */
interface Alive {
  readonly process: ProcessIdentity;
}

/**
 * Where a container is in its life. A pid exists only while there is a process, an exit code only after it.
 *
 * - `configured`: its root filesystem exists, the OCI runtime does not know it
 * - `created`: the OCI runtime made it, its process waits to be started
 * - `running`, `paused`
 * - `stopping`: running, and a stop was asked for
 * - `stopped`: its process has ended; mounts and runtime state may still be there
 * - `exited`: ended and cleaned up
 * - `removing`: its removal has begun and will be finished, by us or by the next command
 * - `unknown`: nobody can tell; only removal helps
 */
export type ContainerState =
  | { readonly status: 'configured' }
  | ({ readonly status: 'created' } & Alive)
  | ({ readonly status: 'running'; readonly startedAt: string } & Alive)
  | ({ readonly status: 'paused'; readonly startedAt: string } & Alive)
  | ({ readonly status: 'stopping'; readonly startedAt: string } & Alive)
  | ({ readonly status: 'stopped'; readonly startedAt?: string | undefined } & Exit)
  | ({ readonly status: 'exited'; readonly startedAt?: string | undefined } & Exit)
  | { readonly status: 'removing' }
  | { readonly status: 'unknown'; readonly reason: string };

export type ContainerStatus = ContainerState['status'];

/** What can happen to a container. */
export type ContainerEvent =
  | { readonly type: 'initialised'; readonly process: ProcessIdentity }
  | { readonly type: 'started'; readonly at: string }
  | { readonly type: 'paused' }
  | { readonly type: 'unpaused' }
  | { readonly type: 'stop-requested' }
  | ({ readonly type: 'died' } & Exit)
  | { readonly type: 'cleaned-up' }
  | { readonly type: 'removal-began' }
  | { readonly type: 'lost'; readonly reason: string };

/**
 * The state after `event`. Pure and exhaustive: every pair that is not listed is an error.
 *
 * @throws {InvalidStateError} `container-state-improper` when the event can't happen in this state.
 */
export function transition(state: ContainerState, event: ContainerEvent): ContainerState {
  const improper = (allowed: readonly ContainerStatus[]): never => {
    throw new InvalidStateError(`a container that is ${displayStatus(state)} can't take the event ${event.type}`, {
      code: 'container-state-improper',
      actual: state.status,
      allowed,
    });
  };
  return match(event)
    .returnType<ContainerState>()
    .with({ type: 'initialised' }, ({ process }) =>
      state.status === 'configured' || state.status === 'stopped' || state.status === 'exited'
        ? { status: 'created', process }
        : improper(['configured', 'stopped', 'exited']),
    )
    .with({ type: 'started' }, ({ at }) =>
      state.status === 'created' ? { status: 'running', process: state.process, startedAt: at } : improper(['created']),
    )
    .with({ type: 'paused' }, () => (state.status === 'running' ? { ...state, status: 'paused' } : improper(['running'])))
    .with({ type: 'unpaused' }, () => (state.status === 'paused' ? { ...state, status: 'running' } : improper(['paused'])))
    .with({ type: 'stop-requested' }, () =>
      match(state)
        .returnType<ContainerState>()
        .with({ status: 'running' }, { status: 'paused' }, { status: 'stopping' }, (alive) => ({ ...alive, status: 'stopping' }))
        .with({ status: 'created' }, (created) => created)
        .otherwise(() => improper(['created', 'running', 'paused', 'stopping'])),
    )
    .with({ type: 'died' }, ({ exitCode, finishedAt, oomKilled }) =>
      match(state)
        .returnType<ContainerState>()
        .with({ status: 'running' }, { status: 'paused' }, { status: 'stopping' }, ({ startedAt }) => ({
          status: 'stopped',
          startedAt,
          exitCode,
          finishedAt,
          oomKilled,
        }))
        .with({ status: 'created' }, () => ({ status: 'stopped', exitCode, finishedAt, oomKilled }))
        .otherwise(() => improper(['created', 'running', 'paused', 'stopping'])),
    )
    .with({ type: 'cleaned-up' }, () =>
      match(state)
        .returnType<ContainerState>()
        .with({ status: 'stopped' }, (stopped) => ({ ...stopped, status: 'exited' }))
        .with({ status: 'exited' }, { status: 'configured' }, (done) => done)
        .with({ status: 'created' }, () => ({ status: 'configured' }))
        .otherwise(() => improper(['configured', 'created', 'stopped', 'exited'])),
    )
    .with({ type: 'removal-began' }, () => ({ status: 'removing' }))
    .with({ type: 'lost' }, ({ reason }) => ({ status: 'unknown', reason }))
    .exhaustive();
}

/** The words that people see: podman's (`libpod/define/containerstate.go`). The one place where they are mapped. */
export function displayStatus(state: ContainerState): string {
  return match(state.status)
    .with('configured', () => 'created')
    .with('created', () => 'initialized')
    .with('running', 'paused', 'stopping', 'stopped', 'exited', 'removing', 'unknown', (status) => status)
    .exhaustive();
}

/** Whether a process of the container exists. */
export function isAlive(state: ContainerState): state is Extract<ContainerState, Alive> {
  return 'process' in state;
}
