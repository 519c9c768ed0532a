import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { killTree } from './kill-tree.ts';
import { isRunning, processIdentity, waitGone } from './process.ts';

test('a process, its children and theirs are killed; others are not', async () => {
  const script = 'sleep 100 & (sleep 100 & echo "$!"; wait) & echo "$!"; wait';
  const [one, other] = [script, script].map((text) => spawn('sh', ['-c', text], { stdio: ['ignore', 'pipe', 'ignore'] }));
  if (one === undefined || other === undefined) throw new Error('not spawned');
  const pidsOf = async (child: typeof one) => {
    let text = '';
    while (text.split('\n').length < 3) text += String((await once(child.stdout, 'data'))[0]);
    return [child.pid as number, ...text.trim().split('\n').map(Number)].map((pid) => {
      const identity = processIdentity(pid);
      if (identity === undefined) throw new Error(`${pid} does not run`);
      return identity;
    });
  };
  const [ours, theirs] = await Promise.all([pidsOf(one), pidsOf(other)]);
  const [root] = ours;
  if (root === undefined) throw new Error('no process');
  killTree(root);
  await Promise.all(ours.map((process) => waitGone(process, { signal: AbortSignal.timeout(10_000) })));
  expect(theirs.map(isRunning)).toEqual([true, true, true]);
  killTree(theirs[0] ?? root);
  await Promise.all(theirs.map((process) => waitGone(process, { signal: AbortSignal.timeout(10_000) })));
  killTree(root); // gone already
});
