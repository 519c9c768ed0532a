import { describe, expect, test } from 'vitest';
import { parseTmpfs, parseVolume } from './parse-volume.ts';

describe('parseVolume', () => {
  test.each([
    ['/a:/b', { type: 'bind', source: '/a', destination: '/b', options: [] }],
    ['/a:/b/:ro,z', { type: 'bind', source: '/a', destination: '/b', options: ['ro', 'z'] }],
    ['./a:/b//c', { type: 'bind', source: './a', destination: '/b/c', options: [] }],
    [
      '/a:/b:O,upperdir=/u,workdir=/w',
      { type: 'bind', source: '/a', destination: '/b', options: ['O', 'upperdir=/u', 'workdir=/w'] },
    ],
    ['name:/x:U,nocopy', { type: 'volume', name: 'name', destination: '/x', options: ['U', 'nocopy'] }],
    ['/a:/b:cached,ro', { type: 'bind', source: '/a', destination: '/b', options: ['ro'] }],
    ['/only', { type: 'volume', destination: '/only', options: [] }],
    ['name:/x:idmap=uids=0-1-2', { type: 'volume', name: 'name', destination: '/x', options: ['idmap=uids=0-1-2'] }],
  ])('%s', (text, expected) => {
    expect(parseVolume(text)).toEqual(expected);
  });

  test.each([
    ['/a:rel', 'invalid container path "rel", must be an absolute path'],
    ['/a:/', 'root filesystem itself'],
    ['/a:/x:nosuch', 'invalid option type "nosuch"'],
    ['/a:/x:ro,rw', `invalid options "ro, rw", can only specify 1 'rw' or 'ro' option`],
    ['/a:/x:z,O', `can only specify 1 'z', 'Z', or 'O' option`],
    ['/a:/x:shared,private', "'[r]shared', '[r]private', '[r]slave' or '[r]unbindable'"],
    ['/a:/x:O,ro', "can't use 'O' with other options"],
    ['/a:/x:O,upperdir=/u', 'must specify both upperdir and workdir'],
    ['/a:/x:upperdir=/u', 'invalid option type "upperdir=/u"'],
    ['a:b:c:d', 'incorrect volume format'],
    [':/x', 'host directory cannot be empty'],
    ['/a:', 'container directory cannot be empty'],
    ['rel', 'must be an absolute path'],
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
    ['/x:ro,rw', "only one of 'rw' and 'ro' can be used"],
  ])('refuses %s', (text, message) => {
    expect(() => parseTmpfs(text)).toThrowError(
      expect.objectContaining({ code: 'invalid-volume', message: expect.stringContaining(message) }),
    );
  });
});
