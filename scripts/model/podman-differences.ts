import type { Comparison } from './sequences.ts';
import { type Action, infra, isAlive, type ModelContainer, type Prediction, predict, type World } from './world.ts';

/** Where podman 4.3 does otherwise, and why we do not. */
interface Difference {
  readonly reason: string;
  /** What podman does; `left out` when nothing sensible can be compared afterwards; undefined when this is not such a case. */
  podman(action: Action, world: World, container: ModelContainer | undefined): Prediction | 'left out' | undefined;
}

const differences: readonly Difference[] = [
  {
    reason: '`rm --force` of what is not there is a success of the command; the library tells it',
    podman: (action, world, container) => {
      const isGone = action.verb === 'pod remove' ? !world.pod : container === undefined;
      return (action.verb === 'remove' || action.verb === 'pod remove') && action.force && isGone
        ? { outcome: 'done', world }
        : undefined;
    },
  },
  {
    reason: 'the command refuses to clean up what runs, tspod’s too; for the library there is nothing to do',
    podman: (action, world, container) =>
      action.verb === 'cleanup' && (container?.word === 'running' || container?.word === 'paused')
        ? { outcome: 'container-running', world }
        : undefined,
  },
  {
    reason:
      'a signal to a paused container reaches it when it goes on; podman fails half-way, and a state stays between two others',
    podman: (action, world, container) => {
      const concerned = action.verb === 'pod kill' ? Object.values(world.containers).filter(({ inPod }) => inPod) : [container];
      return ['kill', 'signal', 'pod kill'].includes(action.verb) && concerned.some((one) => one?.word === 'paused')
        ? 'left out'
        : undefined;
    },
  },
  {
    reason: 'podman takes away the mount that a started container lives on',
    podman: (action, _, container) =>
      action.verb === 'unmount' && container !== undefined && isAlive(container) && (action.force || container.mounts === 0)
        ? 'left out'
        : undefined,
  },
  {
    reason:
      'the infra container is started with a member that is started again, as with one that is started; podman refuses the one',
    podman: (action, world, container) => {
      const infraWord = world.containers[infra]?.word;
      const waits = infraWord !== 'running' && infraWord !== 'paused';
      return action.verb === 'restart' && container?.inPod && waits && container.word !== 'paused'
        ? { outcome: 'container-state-improper', world }
        : undefined;
    },
  },
  {
    reason:
      'a paused member stays so when its pod is started, and is stopped with it; podman fails with the one, and passes it over with the other',
    podman: (action, world) =>
      (action.verb === 'pod start' || action.verb === 'pod stop') &&
      Object.values(world.containers).some(({ inPod, word }) => inPod && word === 'paused')
        ? 'left out'
        : undefined,
  },
  {
    reason: 'a paused container is stopped; podman has it killed when it goes on, and says that it failed to clean up',
    podman: (action, _, container) => (action.verb === 'stop' && container?.word === 'paused' ? 'left out' : undefined),
  },
  {
    reason: 'a pod is unpaused although not all of its members ran; podman gives up at the first that did not',
    podman: (action, world) =>
      action.verb === 'pod unpause' &&
      Object.values(world.containers).some(({ inPod, word }) => inPod && word !== 'running' && word !== 'paused')
        ? 'left out'
        : undefined,
  },
  {
    reason:
      'nothing of an initialised container has run when it is stopped, and no exit is written down; podman says that it exited with 137',
    podman: (action, world) => {
      if (action.verb !== 'stop' && action.verb !== 'pod stop') return undefined;
      const { outcome, world: ours } = predict(world, action);
      const containers = Object.entries(ours.containers).map(([name, after]) =>
        world.containers[name]?.word === 'initialized' && after.word === 'created'
          ? [name, { ...after, word: 'exited' as const }]
          : [name, after],
      );
      return { outcome, world: { ...ours, containers: Object.fromEntries(containers) } };
    },
  },
];

function differing(world: World, action: Action): Prediction | 'left out' | undefined {
  const container = 'name' in action ? world.containers[action.name] : undefined;
  for (const { podman: otherwise } of differences) {
    const prediction = otherwise(action, world, container);
    if (prediction !== undefined) return prediction;
  }
  return undefined;
}

/** podman is compared by states, counts, and whether it refuses: it has no codes. */
export const podman: Comparison = {
  leavesOut: (world, action) => differing(world, action) === 'left out',
  predict(world, action) {
    const otherwise = differing(world, action);
    return otherwise === undefined || otherwise === 'left out' ? predict(world, action) : otherwise;
  },
  sameOutcome: (actual, expected) => (actual === 'done') === (expected === 'done'),
};
