/**
 * Random sequences of verbs, on a real engine and on the model of `scripts/model`, compared after each step. Run as a program:
 *
 *   scripts/node scripts/model-test.ts --runtime crun [--engine library|podman] [--seed 1] [--runs 5] [--length 25] [--seconds 60]
 *
 * Prints how many steps were taken. A difference is printed as the shortest sequence that shows it, and the exit code is then 1.
 */
import assert from 'node:assert/strict';
import { parseArgs } from 'node:util';
import { eventually, removePodmanCgroups, traces } from '../e2e/support/machine.ts';
import { busyboxArchive, Store } from '../e2e/support/store.ts';
import { commandEngine, libraryEngine } from './model/engine.ts';
import { podman } from './model/podman-differences.ts';
import { library, runSequences } from './model/sequences.ts';

const { values } = parseArgs({
  options: {
    runtime: { type: 'string', default: 'crun' },
    engine: { type: 'string', default: 'library' },
    seed: { type: 'string', default: '1' },
    runs: { type: 'string', default: '5' },
    length: { type: 'string', default: '25' },
    seconds: { type: 'string' },
    'no-pods': { type: 'boolean', default: false },
  },
});

// what the library waits for does not keep a program alive
const alive = setInterval(() => undefined, 60_000);
const backends = { runtime: values.runtime as 'crun' | 'runc', storage: 'overlay' } as const;
const store = values.engine === 'podman' ? Store.empty(backends) : await Store.create(backends);
if (values.engine === 'podman') await store.mustPodman('load', '-q', '-i', busyboxArchive());
const engine = values.engine === 'podman' ? commandEngine(store, (args) => store.podman(args)) : await libraryEngine(store);
try {
  // what the first container and the first pod make once stays
  for (const verb of ['pod create', 'pod start'] as const) assert.equal(await engine.act({ verb }), 'done', verb);
  await engine.act({ verb: 'create', name: 'one', inPod: false });
  assert.equal(await engine.act({ verb: 'commit', name: 'one' }), 'done');
  await engine.removeAll();
  const rest = () => {
    const { mounts, ...others } = traces(store);
    return { ...others, mounts: mounts.filter((target) => target !== `${store.root}/overlay`) };
  };
  await eventually('helpers to end', () => (traces(store).processes.length === 0 ? true : undefined));
  const before = rest();
  const nothingLeft = async () => {
    if (values.engine === 'podman') return;
    await eventually('helpers to end', () => (traces(store).processes.length === 0 ? true : undefined));
    assert.deepEqual(rest(), before, 'something is left');
  };
  const { sequences, steps } = await runSequences(
    engine,
    values.engine === 'podman' ? podman : library,
    {
      seed: Number(values.seed),
      runs: Number(values.runs),
      length: Number(values.length),
      pods: !values['no-pods'],
      commits: true,
      timeLimit: values.seconds === undefined ? undefined : Number(values.seconds) * 1000,
    },
    nothingLeft,
  );
  console.log(`${values.engine} with ${values.runtime}: ${steps} steps in ${sequences} sequences, seed ${values.seed}`);
} catch (failure) {
  console.error(failure instanceof Error ? failure.message : failure);
  process.exitCode = 1;
} finally {
  clearInterval(alive);
  await engine.close();
  if (values.engine === 'podman') {
    await engine.removeAll();
    removePodmanCgroups(store);
  }
  await store[Symbol.asyncDispose]();
}
