import type { ContainerStatus } from '../container/state.ts';

/** podman's words for a pod as a whole. */
export type PodStatus = 'Created' | 'Running' | 'Degraded' | 'Paused' | 'Stopped' | 'Exited' | 'Error';

/** The state of a pod from the states of its containers. */
export function podStatus(containers: readonly ContainerStatus[]): PodStatus {
  const count = (...wanted: ContainerStatus[]) => containers.filter((status) => wanted.includes(status)).length;
  const all = containers.length;
  if (all === 0) return 'Created';
  const running = count('running', 'stopping');
  const ended = count('stopped', 'exited');
  if (running === all) return 'Running';
  if (running > 0) return 'Degraded';
  if (count('paused') === all) return 'Paused';
  if (ended === all) return 'Exited';
  if (ended > 0) return 'Stopped';
  return count('unknown', 'removing') > 0 ? 'Error' : 'Created';
}
