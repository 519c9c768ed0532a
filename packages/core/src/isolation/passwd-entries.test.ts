import { expect, test } from 'vitest';
import { type PasswdSources, passwdAdditions } from './passwd-entries.ts';

function additions(sources: Partial<PasswdSources>) {
  return passwdAdditions({
    user: '',
    passwd: 'root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000::/home/user:/bin/sh\n',
    group: 'root:x:0:\nuser:x:1000:\n',
    workingDirectory: '/work',
    entry: undefined,
    hostUsers: [],
    hostPasswd: 'root:x:0:0:root:/root:/bin/sh\nmail:x:8:8:Mail,Room 1:/var/mail:/bin/sh\n',
    isMounted: () => false,
    ...sources,
  });
}

test('a number without an entry gets one, and a group', () => {
  expect(additions({ user: '44' })).toEqual({ passwd: '44:*:44:0:container user:/work:/bin/sh\n', group: '44:x:44:44\n' });
  expect(additions({ user: '44:55' })).toEqual({ passwd: '44:*:44:55:container user:/work:/bin/sh\n', group: '55:x:55:44\n' });
  expect(additions({ user: '44:user' })).toEqual({ passwd: '44:*:44:1000:container user:/work:/bin/sh\n', group: '' });
});

test('names, and numbers with entries, need none', () => {
  for (const user of ['', 'user', '1000', '1000:1000', 'user:0']) expect(additions({ user })).toEqual({ passwd: '', group: '' });
});

test('no file is made where there is none', () => {
  expect(additions({ user: '44', passwd: undefined, group: undefined })).toEqual({ passwd: '', group: '' });
});

test('an entry of the caller’s is filled in', () => {
  const { passwd } = additions({ user: '44', entry: '$USERNAME:x:$UID:$GID:$NAME:$HOME:/bin/ash' });
  expect(passwd).toBe('44:x:44:0:container user:/work:/bin/ash\n');
});

test('users of the host come by name or number, at home where their home is mounted', () => {
  expect(additions({ hostUsers: ['mail', 'root'] }).passwd).toBe('mail:*:8:8:Mail:/work:/bin/sh\n');
  expect(additions({ hostUsers: ['8'], isMounted: (path) => path === '/var/mail' }).passwd).toBe(
    'mail:*:8:8:Mail:/var/mail:/bin/sh\n',
  );
  expect(() => additions({ hostUsers: ['nosuch'] })).toThrow('user: unknown user nosuch');
  expect(() => additions({ hostUsers: ['77'] })).toThrow('user: unknown userid 77');
});
