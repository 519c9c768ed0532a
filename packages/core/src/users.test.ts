import { describe, expect, test } from 'vitest';
import { parseGroup, parsePasswd, resolveUser } from './users.ts';

const passwd = [
  'root:x:0:0:root:/root:/bin/sh',
  '# a comment',
  '',
  'bad',
  'number:x:abc:1::/n:/bin/sh',
  '+nis::::::',
  '-:::::',
  'huge:x:4294967296:0::/h:/bin/sh',
  'short:x:7:8',
  '1005:x:2000:2000::/named-like-a-number:/bin/sh',
  'web:x:1000:1000::/home/web:/bin/sh',
  'web:x:1001:1001::/second:/bin/sh',
].join('\n');
const group = ['root:x:0:root', '+', 'broken:x:z:web', 'web:x:1000:', 'audio:x:29:web,short', 'video:x:44:web', '77:x:78:'].join(
  '\n',
);
const sources = { passwd, group };

describe('resolveUser', () => {
  test.each([
    ['', { uid: 0, gid: 0, additionalGids: [], home: '/root' }],
    ['root', { uid: 0, gid: 0, additionalGids: [0], home: '/root' }],
    ['0:0', { uid: 0, gid: 0, additionalGids: [0], home: '/root' }],
    ['web', { uid: 1000, gid: 1000, additionalGids: [1000, 29, 44], home: '/home/web' }],
    ['1000', { uid: 1000, gid: 1000, additionalGids: [1000, 29, 44], home: '/home/web' }],
    ['1000:1000', { uid: 1000, gid: 1000, additionalGids: [1000], home: '/home/web' }],
    ['web:audio', { uid: 1000, gid: 29, additionalGids: [29], home: '/home/web' }],
    ['web:', { uid: 1000, gid: 1000, additionalGids: [1000, 29, 44], home: '/home/web' }],
    ['web:77', { uid: 1000, gid: 77, additionalGids: [77], home: '/home/web' }],
    ['1234', { uid: 1234, gid: 0, additionalGids: [0], home: undefined }],
    ['1005', { uid: 1005, gid: 0, additionalGids: [0], home: undefined }],
    ['1234:5678', { uid: 1234, gid: 5678, additionalGids: [5678], home: undefined }],
    [':29', { uid: 0, gid: 29, additionalGids: [29], home: '/root' }],
    [':audio', { uid: 0, gid: 29, additionalGids: [29], home: '/root' }],
    ['short', { uid: 7, gid: 8, additionalGids: [8, 29], home: undefined }],
  ])('%s', (specification, expected) => {
    expect(resolveUser(specification, sources)).toEqual(expected);
  });

  test('adds groups by name and id, each once', () => {
    expect(resolveUser('web', { ...sources, additionalGroups: ['audio', '99'] }).additionalGids).toEqual([1000, 29, 99, 44]);
    expect(resolveUser('', { ...sources, additionalGroups: ['audio'] }).additionalGids).toEqual([29]);
  });

  test('ids need no files', () => {
    expect(resolveUser('5:6', { passwd: '', group: '' })).toEqual({ uid: 5, gid: 6, additionalGids: [6], home: undefined });
  });

  test.each([
    ['nosuch', 'unknown-user', 'unable to find user nosuch: no matching entries in passwd file'],
    [' web', 'unknown-user', 'unable to find user  web: no matching entries in passwd file'],
    ['bad', 'unknown-user', 'unable to find user bad: no matching entries in passwd file'],
    ['number', 'unknown-user', 'unable to find user number'],
    ['+nis', 'unknown-user', 'unable to find user +nis'],
    ['web:nosuch', 'unknown-group', 'unable to find group nosuch: no matching entries in group file'],
    ['web:broken', 'unknown-group', 'unable to find group broken'],
    ['2147483648', 'invalid-user', 'uids and gids must be in range 0-2147483647'],
    ['-1', 'invalid-user', 'uids and gids must be in range 0-2147483647'],
    ['0:-1', 'invalid-user', 'uids and gids must be in range 0-2147483647'],
  ])('refuses %s', (specification, code, message) => {
    expect(() => resolveUser(specification, sources)).toThrowError(
      expect.objectContaining({ code, message: expect.stringContaining(message) }),
    );
  });
});

test('a broken line never becomes an entry', () => {
  expect(parsePasswd(passwd).map(({ name }) => name)).toEqual(['root', 'short', '1005', 'web', 'web']);
  expect(parseGroup(group).map(({ name }) => name)).toEqual(['root', 'web', 'audio', 'video', '77']);
});
