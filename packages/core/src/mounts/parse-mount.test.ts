import { describe, expect, test } from 'vitest';
import { parseMount } from './parse-mount.ts';

describe('parseMount', () => {
  test.each([
    ['type=bind,src=/a,dst=/x', { type: 'bind', source: '/a', destination: '/x', options: [] }],
    ['type=bind,dst=/x', { type: 'bind', source: '/x', destination: '/x', options: [] }],
    [
      'type=bind,source=/a,target=/x,ro,bind-nonrecursive,relabel=shared,bind-propagation=rslave,U=true,noexec',
      { type: 'bind', source: '/a', destination: '/x', options: ['ro', 'bind', 'z', 'rslave', 'U', 'noexec'] },
    ],
    ['dst=/x,src=/a,type=bind,readonly=false,chown=false', { type: 'bind', source: '/a', destination: '/x', options: ['rw'] }],
    [
      'type=bind,src=/a,dst=/x,idmap=true,consistency=cached',
      { type: 'bind', source: '/a', destination: '/x', options: ['idmap'] },
    ],
    ['type=bind,src=/a,dst=/x,Z', { type: 'bind', source: '/a', destination: '/x', options: ['Z'] }],
    ['type=volume,dst=/x', { type: 'volume', name: undefined, destination: '/x', options: [] }],
    [
      'type=volume,src=v,dst=/x,ro,volume-opt=type=tmpfs,volume-opt=o=size=1m',
      { type: 'volume', name: 'v', destination: '/x', options: ['ro'], driverOptions: { type: 'tmpfs', o: 'size=1m' } },
    ],
    [
      'type=tmpfs,destination=/x,tmpfs-size=1m,tmpfs-mode=700,notmpcopyup',
      { type: 'tmpfs', destination: '/x', options: ['size=1m', 'mode=700', 'notmpcopyup'] },
    ],
    ['type=image,src=busybox,dst=/x,rw=true', { type: 'image', image: 'busybox', destination: '/x', readWrite: true }],
    ['type=bind,"src=/a,b","dst=/x ""y"""', { type: 'bind', source: '/a,b', destination: '/x "y"', options: [] }],
    ['type=devpts,dst=/x,uid=1,max=5', { type: 'devpts', destination: '/x', options: ['uid=1', 'max=5'] }],
  ])('%s', (text, expected) => {
    expect(parseMount(text)).toEqual(expected);
  });

  test.each([
    ['dst=/x', 'incorrect mount format'],
    ['type=ramfs,dst=/x', 'invalid filesystem type "ramfs"'],
    ['type=__proto__,dst=/x', 'invalid filesystem type "__proto__"'],
    ['type=bind,src=/a', 'must set volume destination'],
    ['type=bind,src', 'src: must provide an argument for option'],
    ['type=bind,src=/a,dst=/x,ro,ro', "cannot pass 'readonly', 'ro', or 'rw' options more than once"],
    ['type=bind,src=/a,dst=/x,ro=foo', `must be set to true or false, instead received "foo"`],
    ['type=bind,src=/a,dst=/x,relabel=foo', "relabel mount option must be 'private' or 'shared'"],
    ['type=bind,src=/a,dst=/x,bind-propagation=foo', 'invalid option type "foo"'],
    ['type=bind,src=/a,dst=/x,foo=bar', 'foo: invalid mount option'],
    ['type=bind,src=/a,dst=/x,U=foo', "'U' or 'chown' must be set to true or false"],
    ['type=volume,dst=/x,volume-label=a', 'volume-label option is not presently implemented'],
    ['type=tmpfs,src=/a,dst=/x', 'source is not supported with tmpfs mounts'],
    ['type=tmpfs,dst=/x,tmpcopyup,notmpcopyup', "cannot pass 'tmpcopyup' and 'notmpcopyup' options more than once"],
    ['type=tmpfs,dst=/x,tmpfs-size', 'tmpfs-size: must provide an argument for option'],
    ['type=image,dst=/x', 'must set source and destination for image volume'],
    ['type=image,src=a,dst=/x,rw=foo', 'invalid rw value "foo"'],
    ['type=tmpfs,dst="/x', "don't pair"],
    ['type=devpts,dst=/x,uid', 'uid: must provide an argument for option'],
    ['type=devpts,dst=/x,mode=rw', 'mode=rw: invalid mount option'],
  ])('refuses %s', (text, message) => {
    expect(() => parseMount(text)).toThrowError(
      expect.objectContaining({ code: 'invalid-volume', message: expect.stringContaining(message) }),
    );
  });
});
