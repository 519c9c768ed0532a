import { expect, test } from 'vitest';
import { absentCommands } from './absent-commands.ts';
import { commands, families } from './command-tree.ts';

test.each(Object.keys(absentCommands))('%s is not there', (path) => {
  const [, first = '', second] = path.split(' ');
  if (second === undefined) expect({ ...commands, ...families }).not.toHaveProperty(first);
  else expect(families[first]?.commands).not.toHaveProperty(second);
});
