import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Engine, View } from './engine.ts';
import { type Action, describeAction, emptyWorld, infra, mountCount, type Prediction, predict, type World } from './world.ts';

/** How an engine's answers are compared with the model. */
export interface Comparison {
  /** The model, or what an engine is allowed to do otherwise. */
  readonly predict: (world: World, action: Action) => Prediction;
  /** Steps that are not taken, because an engine does something that can't be compared. */
  readonly leavesOut: (world: World, action: Action) => boolean;
  /** Engines that only have exit codes answer `refused` for every code. */
  readonly sameOutcome: (actual: string, expected: string) => boolean;
}

export const library: Comparison = {
  leavesOut: () => false,
  predict,
  sameOutcome: (actual, expected) => actual === expected,
};

/** None that could begin an id. */
const names = ['one', 'two', 'six'] as const;
const name = fc.constantFrom(...names);

function each(verb: string, extra: Readonly<Record<string, fc.Arbitrary<unknown>>> = {}): fc.Arbitrary<Action> {
  return fc.record({ verb: fc.constant(verb), ...extra }) as fc.Arbitrary<Action>;
}

/** Verbs that lead somewhere come more often than those that only look or refuse. */
function actions({ pods, commits }: SequenceOptions): fc.Arbitrary<Action> {
  const force = { force: fc.boolean() };
  const inPod = { inPod: pods ? fc.boolean() : fc.constant(false) };
  const ofContainer: readonly (readonly [number, string, Readonly<Record<string, fc.Arbitrary<unknown>>>])[] = [
    [6, 'create', inPod],
    [6, 'start', {}],
    [3, 'stop', {}],
    [2, 'kill', {}],
    [3, 'pause', {}],
    [2, 'unpause', {}],
    [2, 'restart', {}],
    [2, 'init', {}],
    [2, 'exec', {}],
    [2, 'mount', {}],
    [2, 'unmount', force],
    [2, 'rename', { newName: name }],
    [2, 'remove', force],
    [1, 'signal', {}],
    [1, 'cleanup', {}],
    [commits ? 1 : 0, 'commit', {}],
  ];
  const ofPod: readonly (readonly [number, string, Readonly<Record<string, fc.Arbitrary<unknown>>>])[] = [
    [3, 'pod create', {}],
    [2, 'pod start', {}],
    [1, 'pod stop', {}],
    [1, 'pod pause', {}],
    [1, 'pod unpause', {}],
    [1, 'pod kill', {}],
    [1, 'pod remove', force],
  ];
  return fc.oneof(
    ...ofContainer
      .filter(([weight]) => weight > 0)
      .map(([weight, verb, extra]) => ({ weight, arbitrary: each(verb, { name, ...extra }) })),
    ...(pods ? ofPod : []).map(([weight, verb, extra]) => ({ weight, arbitrary: each(verb, extra) })),
  );
}

interface Model {
  world: World;
}

class Step implements fc.AsyncCommand<Model, Engine> {
  readonly action: Action;
  readonly comparison: Comparison;
  constructor(action: Action, comparison: Comparison) {
    this.action = action;
    this.comparison = comparison;
  }

  check({ world }: Model): boolean {
    return !this.comparison.leavesOut(world, this.action);
  }

  async run(model: Model, engine: Engine): Promise<void> {
    const { outcome, world } = this.comparison.predict(model.world, this.action);
    const actual = await engine.act(this.action);
    const before = JSON.stringify(viewOf(model.world));
    assert.ok(
      this.comparison.sameOutcome(actual, outcome),
      `${this}: the engine answered ${actual}, the model ${outcome}; before: ${before}`,
    );
    const expected = viewOf(world);
    if (ends(model.world, world)) await untilEqual(engine, expected);
    model.world = world;
    assert.deepEqual(await engine.view(), expected, `${this}: the engine's world (first) is not the model's; before: ${before}`);
  }

  toString(): string {
    return describeAction(this.action);
  }
}

/** Whether a process ends with this step; it may do so a moment later. */
function ends(before: World, after: World): boolean {
  const ended = ({ containers }: World) => Object.values(containers).filter(({ word }) => word === 'exited').length;
  return ended(after) > ended(before);
}

/** What never becomes so is told by the comparison that follows. */
async function untilEqual(engine: Engine, expected: View): Promise<void> {
  const text = JSON.stringify(Object.entries(expected).sort());
  for (const deadline = performance.now() + 5_000; performance.now() < deadline; ) {
    if (JSON.stringify(Object.entries(await engine.view()).sort()) === text) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function viewOf(world: World): View {
  return Object.fromEntries(
    Object.entries(world.containers).map(([one, container]) => [
      one,
      one === infra ? container.word : `${container.word}, ${mountCount(container)} mounts`,
    ]),
  );
}

export interface SequenceOptions {
  readonly seed: number;
  readonly runs: number;
  readonly length: number;
  readonly pods: boolean;
  readonly commits: boolean;
  /** No new sequence after that many milliseconds. */
  readonly timeLimit?: number | undefined;
}

/**
 * Takes random sequences of steps on an engine and on the model. Answers how many steps were taken.
 * @throws with the shortest sequence that still fails, one step per word, and the seed.
 */
export async function runSequences(
  engine: Engine,
  comparison: Comparison,
  options: SequenceOptions,
  afterEach: () => Promise<void> = async () => undefined,
): Promise<{ readonly sequences: number; readonly steps: number }> {
  let steps = 0;
  let sequences = 0;
  const counted: Engine = {
    ...engine,
    act: (action) => {
      steps += 1;
      return engine.act(action);
    },
  };
  let first: unknown;
  const step = actions(options).map((action) => new Step(action, comparison));
  const run = fc.assert(
    fc.asyncProperty(fc.commands([step], { maxCommands: options.length, size: 'max' }), async (commands) => {
      sequences += 1;
      try {
        try {
          await fc.asyncModelRun(() => ({ model: { world: emptyWorld }, real: counted }), commands);
        } finally {
          await engine.removeAll();
        }
        await afterEach();
      } catch (failure) {
        first ??= new Error(`the first failure, before its sequence was made shorter: ${failure}\n${commands}`);
        throw failure;
      }
    }),
    {
      seed: options.seed,
      numRuns: options.runs,
      endOnFailure: false,
      includeErrorInReport: true,
      ...(options.timeLimit === undefined ? {} : { interruptAfterTimeLimit: options.timeLimit }),
    },
  );
  try {
    await run;
  } catch (failure) {
    throw new Error(`${failure instanceof Error ? failure.message : String(failure)}\n${first}`);
  }
  return { sequences, steps };
}
