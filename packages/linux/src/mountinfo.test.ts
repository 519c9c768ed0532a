import { describe, expect, it } from 'vitest';
import { parseMountInfo } from './mountinfo.ts';

describe('mountinfo', () => {
  it('is read with any number of optional fields and with escaped paths', () => {
    const text = [
      '36 35 98:0 / /mnt/a\\040b\\134c rw,noatime master:1 propagate_from:2 - ext3 /dev/root rw,errors=continue',
      '37 35 0:41 /docker/ab /sys/fs/cgroup/cpu,cpuacct ro - cgroup cgroup rw,cpu,cpuacct',
      '',
    ].join('\n');
    expect(parseMountInfo(text)).toEqual([
      { device: '98:0', root: '/', mountPoint: '/mnt/a b\\c', type: 'ext3', superOptions: ['rw', 'errors=continue'] },
      {
        device: '0:41',
        root: '/docker/ab',
        mountPoint: '/sys/fs/cgroup/cpu,cpuacct',
        type: 'cgroup',
        superOptions: ['rw', 'cpu', 'cpuacct'],
      },
    ]);
  });
});
