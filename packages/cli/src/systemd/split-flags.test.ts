import { expect, it } from 'vitest';
import { command as run } from '../commands/run.ts';
import { splitFlags } from './split-flags.ts';

it('takes flags apart from what is run', () => {
  const line = ['-dit', '--name', 'web', '--env=A=b', '-eC=d', '-v', '/a:/b', '--rm', 'busybox', 'ls', '-l', '--name', 'x'];
  const { flags, rest } = splitFlags(line, run.flags);
  expect(flags.map(({ name, words }) => [name, ...words])).toEqual([
    ['detach', '-d'],
    ['interactive', '-i'],
    ['tty', '-t'],
    ['name', '--name', 'web'],
    ['env', '--env=A=b'],
    ['env', '-eC=d'],
    ['volume', '-v', '/a:/b'],
    ['rm', '--rm'],
  ]);
  expect(rest).toEqual(['busybox', 'ls', '-l', '--name', 'x']);
});
