import { expect, it } from 'vitest';
import { labelCommand } from './runlabel.ts';

const names = { image: 'localhost/web:v1', name: 'web', workingDirectory: '/srv' };

it.each([
  ['podman run --name NAME -v $PWD:/x IMAGE', ['podman', 'run', '--name', 'web', '-v', '/srv:/x', 'localhost/web:v1']],
  ['run --name=NAME -e IMAGE=IMAGE', ['run', '--name=web', '-e', 'IMAGE=localhost/web:v1']],
  [`sh -c 'echo "NAME  x"' "a \\"b\\" \${NAME}" c\\ d`, ['sh', '-c', 'echo "NAME  x"', 'a "b" web', 'c d']],
  ['echo $UNKNOWN "" NAMED', ['echo', '', 'NAMED']],
])('reads %s', (text, words) => {
  expect(labelCommand(text, names)).toEqual(words);
});

it.each(['', '   ', 'echo "open'])('refuses %j', (text) => {
  expect(() => labelCommand(text, names)).toThrow(expect.objectContaining({ code: 'invalid-label' }));
});
