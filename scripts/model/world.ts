/**
 * What containers and pods are to a user, without a machine: states, names, counted mounts, and which verb is allowed when. Engines are
 * compared with it after each step of a random sequence.
 */

export type Word = 'created' | 'initialized' | 'running' | 'paused' | 'exited';

export interface ModelContainer {
  readonly word: Word;
  /** Mounts that a user asked for and did not take back; the one that a started container lives on is not among them. */
  readonly mounts: number;
  readonly inPod: boolean;
}

export interface World {
  /** By name. The infra container is `infra`. */
  readonly containers: Readonly<Record<string, ModelContainer>>;
  readonly pod: boolean;
}

export const infra = 'infra';
export const emptyWorld: World = { containers: {}, pod: false };

export type Action =
  | { readonly verb: 'create'; readonly name: string; readonly inPod: boolean }
  | { readonly verb: 'rename'; readonly name: string; readonly newName: string }
  | { readonly verb: 'remove' | 'unmount'; readonly name: string; readonly force: boolean }
  | {
      readonly verb:
        | 'init'
        | 'start'
        | 'stop'
        | 'kill'
        | 'signal'
        | 'pause'
        | 'unpause'
        | 'restart'
        | 'exec'
        | 'mount'
        | 'cleanup'
        | 'commit';
      readonly name: string;
    }
  | { readonly verb: 'pod create' | 'pod start' | 'pod stop' | 'pod pause' | 'pod unpause' | 'pod kill' }
  | { readonly verb: 'pod remove'; readonly force: boolean };

/** `done`, or the code of the error with which it is refused. */
export type Outcome = string;

export interface Prediction {
  readonly outcome: Outcome;
  readonly world: World;
}

/** A step as a person would type it. */
export function describeAction(action: Action): string {
  const force = 'force' in action && action.force ? ' --force' : '';
  if (action.verb === 'rename') return `rename ${action.name} ${action.newName}`;
  if (action.verb === 'create') return `create${action.inPod ? ' --pod' : ''} ${action.name}`;
  return `${action.verb}${force}${'name' in action ? ` ${action.name}` : ''}`;
}

export function isAlive({ word }: ModelContainer): boolean {
  return word === 'initialized' || word === 'running' || word === 'paused';
}

/** Every mount of its root filesystem, that of a started container too. */
export function mountCount(container: ModelContainer): number {
  return container.mounts + (isAlive(container) ? 1 : 0);
}

/** What the verb does to the world. Pure. */
export function predict(world: World, action: Action): Prediction {
  const refuse = (outcome: Outcome): Prediction => ({ outcome, world });
  if (action.verb.startsWith('pod ')) return predictPod(world, action as Action & { verb: `pod ${string}` });
  const { verb, name } = action as Exclude<Action, { verb: `pod ${string}` }>;
  if (verb === 'create') {
    const { inPod } = action as Action & { verb: 'create' };
    if (inPod && !world.pod) return refuse('no-such-pod');
    if (world.containers[name] !== undefined) return refuse('container-exists');
    return done(withContainer(world, name, { word: 'created', mounts: 0, inPod }));
  }
  const container = world.containers[name];
  if (container === undefined) return refuse('no-such-container');
  const become = (change: Partial<ModelContainer>) => done(withContainer(world, name, { ...container, ...change }));
  const { word, mounts } = container;
  const improper = refuse('container-state-improper');
  switch (verb) {
    case 'init':
      return word === 'created' || word === 'exited' ? withInfra(become({ word: 'initialized' }), container) : improper;
    case 'start':
      return word === 'paused' ? improper : withInfra(become({ word: 'running' }), container);
    case 'restart':
      return word === 'paused' ? improper : withInfra(become({ word: 'running' }), container);
    case 'stop':
      if (word === 'initialized') return become({ word: 'created' });
      return word === 'running' || word === 'paused' ? become({ word: 'exited' }) : become({});
    case 'kill':
      return word === 'running' || word === 'paused' ? become({ word: 'exited' }) : improper;
    case 'signal':
    case 'exec':
      if (verb === 'signal' && word === 'paused') return become({});
      return word === 'running' ? become({}) : improper;
    case 'pause':
      return word === 'running' ? become({ word: 'paused' }) : improper;
    case 'unpause':
      if (word !== 'paused') return improper;
      return become({ word: 'running' });
    case 'mount':
      return become({ mounts: mounts + 1 });
    case 'unmount': {
      const { force } = action as Action & { verb: 'unmount' };
      if (isAlive(container) && (force || mounts === 0)) return improper;
      return become({ mounts: force ? 0 : Math.max(0, mounts - 1) });
    }
    case 'cleanup':
      return become(word === 'initialized' ? { word: 'created' } : {});
    case 'commit':
      return become({});
    case 'rename': {
      const { newName } = action as Action & { verb: 'rename' };
      if (newName === name) return become({});
      if (world.containers[newName] !== undefined) return refuse('container-exists');
      return done(withContainer(without(world, name), newName, container));
    }
    case 'remove':
      if ((word === 'running' || word === 'paused') && !(action as Action & { verb: 'remove' }).force)
        return refuse('container-running');
      return done(without(world, name));
  }
}

function predictPod(world: World, action: Action): Prediction {
  const refuse = (outcome: Outcome): Prediction => ({ outcome, world });
  if (action.verb === 'pod create') {
    if (world.pod) return refuse('pod-exists');
    return done({ ...withContainer(world, infra, { word: 'created', mounts: 0, inPod: true }), pod: true });
  }
  if (!world.pod) return refuse('no-such-pod');
  const members = Object.entries(world.containers).filter(([, { inPod }]) => inPod);
  const each = (change: (container: ModelContainer) => ModelContainer): World => ({
    ...world,
    containers: {
      ...world.containers,
      ...Object.fromEntries(members.map(([name, container]) => [name, change(container)])),
    },
  });
  switch (action.verb) {
    case 'pod start':
      return done(each((one) => (one.word === 'paused' ? one : { ...one, word: 'running' })));
    case 'pod stop':
      return done(
        each((one) => {
          if (one.word === 'initialized') return { ...one, word: 'created' };
          return one.word === 'running' || one.word === 'paused' ? { ...one, word: 'exited' } : one;
        }),
      );
    case 'pod kill':
      return done(each((one) => (one.word === 'running' || one.word === 'paused' ? { ...one, word: 'exited' } : one)));
    case 'pod pause':
      return done(each((one) => (one.word === 'running' ? { ...one, word: 'paused' } : one)));
    case 'pod unpause':
      return done(each((one) => (one.word === 'paused' ? { ...one, word: 'running' } : one)));
    default: {
      const { force } = action as Action & { verb: 'pod remove' };
      const runs = members.some(([name, { word }]) => name !== infra && (word === 'running' || word === 'paused'));
      if (runs && !force) return refuse('pod-failed');
      return done({ ...members.reduce((left, [name]) => without(left, name), world), pod: false });
    }
  }
}

/** A member of a pod starts the infra container first. */
function withInfra(prediction: Prediction, container: ModelContainer): Prediction {
  const needed = prediction.world.containers[infra];
  if (!container.inPod || needed === undefined) return prediction;
  if (needed.word === 'paused' || needed.word === 'running') return prediction;
  return done(withContainer(prediction.world, infra, { ...needed, word: 'running' }));
}

function done(world: World): Prediction {
  return { outcome: 'done', world };
}

function withContainer(world: World, name: string, container: ModelContainer): World {
  return { ...world, containers: { ...world.containers, [name]: container } };
}

function without(world: World, name: string): World {
  const { [name]: _, ...containers } = world.containers;
  return { ...world, containers };
}
