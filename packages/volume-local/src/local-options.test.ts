import { describe, expect, test } from 'vitest';
import { parseLocalOptions } from './local-options.ts';

describe('what the options of a volume mean', () => {
  test.each([
    [{}, { uid: undefined, gid: undefined, mount: undefined }],
    [{ o: 'uid=5,gid=6' }, { uid: 5, gid: 6, mount: undefined }],
    [
      { type: 'tmpfs', device: 'tmpfs', o: 'size=2m,uid=5' },
      { uid: undefined, gid: undefined, mount: { source: 'tmpfs', type: 'tmpfs', options: ['size=2m', 'uid=5'] } },
    ],
    [
      { type: 'bind', device: '/srv', o: 'ro' },
      { uid: undefined, gid: undefined, mount: { source: '/srv', type: '', options: ['rbind', 'ro'] } },
    ],
    [
      { device: '/srv', o: 'bind' },
      { uid: undefined, gid: undefined, mount: { source: '/srv', type: '', options: ['bind'] } },
    ],
    [
      { type: 'ext4', device: '/dev/sda1', o: 'noatime,uid=7' },
      { uid: 7, gid: undefined, mount: { source: '/dev/sda1', type: 'ext4', options: ['noatime'] } },
    ],
  ])('%j', (options, meaning) => {
    expect(parseLocalOptions(options as Record<string, string>)).toEqual(meaning);
  });

  test.each([
    [{ foo: 'bar' }, 'invalid-volume-option', 'invalid mount option foo'],
    [{ type: 'ext4' }, 'invalid-volume-option', 'need a device='],
    [{ device: '/dev/sda1' }, 'invalid-volume-option', 'needs a type='],
    [{ o: 'uid=root' }, 'invalid-volume-option', 'uid root'],
    [{ o: 'gid=4294967295' }, 'invalid-volume-option', 'gid 4294967295'],
    [{ o: 'size=1g' }, 'no-volume-quota', 'size=1g'],
  ])('%j is refused', (options, code, text) => {
    expect(() => parseLocalOptions(options as Record<string, string>)).toThrow(expect.objectContaining({ code }));
    expect(() => parseLocalOptions(options as Record<string, string>)).toThrow(text);
  });
});
