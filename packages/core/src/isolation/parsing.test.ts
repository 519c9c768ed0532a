import { describe, expect, test } from 'vitest';
import { parseDevice } from './devices.ts';
import { kernelPaths } from './kernel-paths.ts';
import { matchesPath } from './path-pattern.ts';
import { parseSecurityOptions } from './security-options.ts';
import { checkSysctls, parseSysctls } from './sysctls.ts';

describe('security options', () => {
  test('all forms', () => {
    expect(
      parseSecurityOptions([
        'no-new-privileges',
        'seccomp=/p=q',
        'mask=/a:/b',
        'unmask=/c:/d',
        'systempaths=unconfined',
        'proc-opts=hidepid=2,gid=3',
        'label=type:spc_t',
        'label:disable',
        'apparmor:p',
      ]),
    ).toEqual({
      noNewPrivileges: true,
      seccomp: '/p=q',
      mask: ['/a', '/b'],
      unmask: ['/c', '/d', 'ALL'],
      procOptions: ['hidepid=2', 'gid=3'],
      labels: ['type:spc_t', 'disable'],
      apparmor: 'p',
    });
    expect(parseSecurityOptions(['no-new-privileges', 'no-new-privileges:false'])).toMatchObject({ noNewPrivileges: false });
  });

  test.each([
    ['foo', 'invalid --security-opt 1: "foo"'],
    ['foo=bar', 'invalid --security-opt 2: "foo=bar"'],
    ['systempaths=x', 'invalid systempaths option "x", only `unconfined` is supported'],
    ['no-new-privileges:maybe', 'invalid --security-opt 2: "no-new-privileges:maybe"'],
  ])('%s is refused', (text, message) => {
    expect(() => parseSecurityOptions([text])).toThrow(message);
  });
});

describe('paths of the kernel', () => {
  test('patterns take paths out of what is hidden and what is read-only', () => {
    const all = kernelPaths(false);
    expect(all.maskedPaths).toContain('/proc/kcore');
    const some = kernelPaths(false, { unmask: ['/proc/k*', '/proc/sys'], mask: ['/own', 'relative'] });
    expect(some.maskedPaths).not.toContain('/proc/kcore');
    expect(some.maskedPaths).not.toContain('/proc/keys');
    expect(some.maskedPaths).toContain('/sys/firmware');
    expect(some.maskedPaths?.at(-1)).toBe('/own');
    expect(some.readonlyPaths).toEqual(all.readonlyPaths?.filter((path) => path !== '/proc/sys'));
  });

  test('nothing is left to hide', () => {
    expect(kernelPaths(false, { unmask: ['all'] })).toEqual({});
    expect(kernelPaths(true)).toEqual({});
    expect(kernelPaths(true, { mask: ['/own'] })).toEqual({ maskedPaths: ['/own'] });
  });

  test.each([
    ['/proc/*', '/proc/kcore', true],
    ['/proc/*', '/proc/a/b', false],
    ['/proc/kc?re', '/proc/kcore', true],
    ['/proc/[a-k]*', '/proc/kcore', true],
    ['/proc/[^a-k]*', '/proc/kcore', false],
    ['/proc/\\*', '/proc/kcore', false],
    ['/proc.kcore', '/proc/kcore', false],
    ['/proc/[', '/proc/[', false],
  ])('%s and %s: %s', (pattern, path, expected) => {
    expect(matchesPath(pattern, path)).toBe(expected);
  });
});

describe('devices', () => {
  test.each([
    ['/dev/fuse', { source: '/dev/fuse' }],
    ['/dev/fuse:r', { source: '/dev/fuse', permissions: 'r' }],
    ['/dev/fuse:/dev/x', { source: '/dev/fuse', destination: '/dev/x', permissions: undefined }],
    ['/dev/fuse:/dev/x:wm', { source: '/dev/fuse', destination: '/dev/x', permissions: 'wm' }],
  ])('%s', (text, expected) => {
    expect(parseDevice(text)).toEqual(expected);
  });

  test.each([
    ['/dev/null:/dev/x:q', 'invalid device mode: q'],
    ['/dev/null:/dev/x:rr', 'invalid device mode: rr'],
    ['/dev/null:x:rw', 'invalid device mode: x'],
    ['/dev/null:r:w', 'invalid device specification: /dev/null:r:w'],
    ['/a:/b:r:w', 'invalid device specification: /a:/b:r:w'],
  ])('%s is refused', (text, message) => {
    expect(() => parseDevice(text)).toThrow(message);
  });
});

describe('kernel parameters', () => {
  test('are split at the first equals sign', () => {
    expect(parseSysctls(['kernel.sem=1 2 3', 'net.a=b=c'])).toEqual({ 'kernel.sem': '1 2 3', 'net.a': 'b=c' });
    expect(() => parseSysctls(['foo'])).toThrow('foo is invalid, sysctl values must be in the form of KEY=VALUE');
  });

  test('belong to namespaces of the container', () => {
    const check = (key: string, modes: Partial<Parameters<typeof checkSysctls>[1]> = {}) =>
      checkSysctls({ [key]: '1' }, { network: 'private', namespaces: undefined, ...modes });
    check('kernel.shmmax');
    check('net.ipv4.ip_forward');
    check('fs.mqueue.msg_max');
    expect(() => check('kernel.panic')).toThrow("sysctl 'kernel.panic' is not allowed");
    expect(() => check('net.a', { network: 'host' })).toThrow("sysctl net.a=1 can't be set since Network Namespace set to host");
    expect(() => check('fs.mqueue.a', { namespaces: { ipc: 'host' } })).toThrow("can't be set since IPC Namespace set to host");
  });
});
