import { describe, expect, test } from 'vitest';
import { parseTmpfs, parseVolume } from './volumes.ts';

describe('parseVolume', () => {
  test.each([
    ['/a:/b', { type: 'bind', source: '/a', destination: '/b', options: [] }],
    ['/a:/b/:ro,z', { type: 'bind', source: '/a', destination: '/b', options: ['ro', 'z'] }],
    ['./a:/b//c', { type: 'bind', source: './a', destination: '/b/c', options: [] }],
  ])('%s', (text, expected) => {
    expect(parseVolume(text)).toEqual(expected);
  });

  test.each([
    ['/a:rel', 'must be an absolute path'],
    ['/a:/', 'root filesystem itself'],
    ['/a:/x:nosuch', 'invalid option type "nosuch"'],
    ['/a:/x:ro,rw', "can only specify 1 'rw' or 'ro' option"],
    ['a:b:c:d', 'incorrect volume format'],
    [':/x', 'host directory cannot be empty'],
    ['/a:', 'container directory cannot be empty'],
    ['name:/x', 'named volume "name"'],
    ['/only', 'anonymous volume'],
  ])('refuses %s', (text, message) => {
    expect(() => parseVolume(text)).toThrowError(
      expect.objectContaining({ code: 'invalid-volume', message: expect.stringContaining(message) }),
    );
  });
});

describe('parseTmpfs', () => {
  test('options are kept', () => {
    expect(parseTmpfs('/x:size=1m,mode=700,noexec')).toEqual({
      type: 'tmpfs',
      destination: '/x',
      options: ['size=1m', 'mode=700', 'noexec'],
    });
  });

  test.each([
    ['rel', 'must be an absolute path'],
    ['/x:nosuch', 'unknown mount option "nosuch"'],
    ['/x:size', 'unknown mount option "size"'],
  ])('refuses %s', (text, message) => {
    expect(() => parseTmpfs(text)).toThrowError(
      expect.objectContaining({ code: 'invalid-volume', message: expect.stringContaining(message) }),
    );
  });
});
