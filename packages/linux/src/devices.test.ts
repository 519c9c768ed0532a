import { describe, expect, it } from 'vitest';
import { deviceNumbers, devicesAt, listDevices } from './devices.ts';

describe('devices', () => {
  it('of this machine include the ones that every machine has', () => {
    const devices = listDevices();
    // not /dev/null: crun gives the one that a container has for its streams to the container's user
    expect(devices).toContainEqual({ path: '/dev/zero', type: 'c', major: 1, minor: 5, fileMode: 0o666, uid: 0, gid: 0 });
    const paths = devices.map(({ path }) => path);
    expect(paths).not.toContain('/dev/console');
    expect(paths.filter((path) => path.startsWith('/dev/pts/') || path.startsWith('/dev/shm/'))).toEqual([]);
    expect(paths).not.toContain('/dev/stdin');
  });

  it('have numbers of more than eight bits', () => {
    expect(deviceNumbers(0x0000_0103)).toEqual({ major: 1, minor: 3 });
    // makedev(259, 300) and makedev(4095, 1048575), as glibc computes them
    expect(deviceNumbers(0x0011_032c)).toEqual({ major: 259, minor: 300 });
    expect(deviceNumbers(0xffff_ffff)).toEqual({ major: 4095, minor: 1048575 });
  });
});

describe('devices at a path', () => {
  it('finds a node, a directory of nodes, and what is neither', () => {
    expect(devicesAt('/dev/null')).toEqual({
      kind: 'device',
      devices: [expect.objectContaining({ path: '/dev/null', type: 'c', major: 1, minor: 3, below: '' })],
    });
    expect(devicesAt('/etc/passwd')).toEqual({ kind: 'other' });
    expect(devicesAt('/dev/nosuch')).toBeUndefined();
    const all = devicesAt('/dev');
    expect(all).toMatchObject({ kind: 'directory' });
    expect(all?.kind === 'directory' && all.devices.map(({ below }) => below)).toContain('null');
    expect(devicesAt('/etc')).toEqual({ kind: 'directory', devices: [] });
  });
});
