import { describe, expect, test } from 'vitest';
import { parseEnvironment, parseEnvironmentFile } from './environment.ts';

const host = { HOME: '/root', HOST_A: '1', HOST_B: '2', GONE: undefined };

describe('parseEnvironment', () => {
  test.each([
    ['A=1', { A: '1' }],
    ['A=', { A: '' }],
    ['A=b=c', { A: 'b=c' }],
    ['HOME', { HOME: '/root' }],
    ['NOSUCH', {}],
    ['GONE', {}],
    ['HOST_*', { HOST_A: '1', HOST_B: '2' }],
    ['Q="x y"', { Q: '"x y"' }],
  ])('%s', (text, expected) => {
    expect(parseEnvironment(text, host)).toEqual(expected);
  });

  test.each(['', '=x'])('refuses "%s"', (text) => {
    expect(() => parseEnvironment(text, host)).toThrowError(expect.objectContaining({ code: 'invalid-environment' }));
  });
});

describe('parseEnvironmentFile', () => {
  test('takes what podman takes', () => {
    const text = 'A=1\n  B=2\n# comment\r\nC = 3\nHOST_*\n\nHOME\nA=last';
    expect(parseEnvironmentFile(text, 'f', host)).toEqual({
      A: 'last',
      B: '2',
      'C ': ' 3',
      HOST_A: '1',
      HOST_B: '2',
      HOME: '/root',
    });
  });

  test('names the file and the line that it refuses', () => {
    expect(() => parseEnvironmentFile('OK=1\n=bad\n', 'some.env', host)).toThrowError(
      'parsing env file "some.env": invalid environment variable: "=bad"',
    );
  });
});
