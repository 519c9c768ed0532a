import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { run } from './support/store.ts';

const program = fileURLToPath(new URL('../scripts/model-test.ts', import.meta.url));

// longer sequences, and more of them: `npm run test:soak -- --only model`
describe.each([
  ['library', 'crun', 12],
  ['library', 'runc', 6],
  ['podman', 'crun', 2],
] as const)('random verbs, %s with %s', (engine, runtime, runs) => {
  test('the real engine and the model agree after each step', async () => {
    const flags = ['--engine', engine, '--runtime', runtime, '--seed', '20', '--runs', String(runs), '--length', '30'];
    const { exitCode, stdout, stderr } = await run(process.execPath, [program, ...flags], { timeout: 110_000 });
    console.log(stdout.trim());
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(Number(/: (\d+) steps/.exec(stdout)?.[1])).toBeGreaterThan(runs * 8);
  });
});
