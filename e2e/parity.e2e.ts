import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { run } from './support/store.ts';

test('tspod has the commands and flags that podman has, but for those with a reason', async () => {
  const script = fileURLToPath(new URL('../scripts/parity.ts', import.meta.url));
  const result = await run(process.execPath, ['--conditions=tspod-source', script]);
  console.log(
    result.stdout
      .split('\n')
      .filter((line) => /take the line away|are lacking/.test(line))
      .join('\n'),
  );
  expect(result).toMatchObject({ exitCode: 0, stderr: '' });
  expect(result.stdout).not.toContain('NO REASON');
});
