import { arch, hostname, totalmem } from 'node:os';
import { describe, expect, it } from 'vitest';
import { cgroupHierarchies } from './cgroups.ts';
import { boundingCapabilities, cgroupFacts, distribution, ociArchitecture, readFacts } from './facts.ts';

const table = '#subsys_name\thierarchy\tnum_cgroups\tenabled\ncpu\t1\t1\t1\ncpuacct\t1\t1\t1\npids\t2\t1\t1\nnet_cls\t0\t1\t1\n';

describe('facts', () => {
  it('describe this machine', () => {
    const facts = readFacts([]);
    expect(facts.hostname).toBe(hostname());
    expect(facts.memory).toBe(totalmem());
    expect(facts.architecture).toBe(arch() === 'x64' ? 'amd64' : arch());
    expect(facts.cpus).toBeGreaterThan(0);
    expect(facts.rootless).toBe(process.getuid?.() !== 0);
    expect(facts.kernel).toMatch(/^\d+\.\d+/);
    expect(facts.distribution.id).not.toBe('');
  });

  it('name architectures as images do', () => {
    const names = [ociArchitecture('ia32', 'LE'), ociArchitecture('ppc64', 'LE'), ociArchitecture('ppc64', 'BE')];
    expect([...names, ociArchitecture('arm64', 'LE'), ociArchitecture('s390x', 'BE')]).toEqual([
      '386',
      'ppc64le',
      'ppc64',
      'arm64',
      's390x',
    ]);
  });

  it('read the bounding set', () => {
    expect(boundingCapabilities('CapBnd:\t0000000000000003\n')).toEqual(['CAP_CHOWN', 'CAP_DAC_OVERRIDE']);
    const all = boundingCapabilities('CapBnd:\t000001ffffffffff\n');
    expect(all).toHaveLength(41);
    expect(all.at(-1)).toBe('CAP_CHECKPOINT_RESTORE');
    expect(all[21]).toBe('CAP_SYS_ADMIN');
  });

  it('read os-release with and without quotes', () => {
    expect(distribution('NAME="x"\nID=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\n')).toEqual({
      ...{ id: 'debian', version: '12', codename: 'bookworm' },
    });
    expect(distribution("ID='a b'\n")).toEqual({ id: 'a b', version: '', codename: '' });
  });

  it('tell layouts of cgroups apart', () => {
    const separate = [
      '32 31 0:29 / /cg/cpu,cpuacct rw - cgroup cgroup rw,xattr,cpu,cpuacct',
      '33 31 0:29 / /other/view rw - cgroup cgroup rw,cpu,cpuacct',
      '34 31 0:30 / /cg/pids rw - cgroup cgroup rw,pids',
      '35 31 0:31 / /cg/systemd rw - cgroup cgroup rw,xattr,name=systemd',
    ].join('\n');
    const unified = '36 31 0:32 / /nowhere rw - cgroup2 cgroup2 rw,nsdelegate';
    expect(cgroupHierarchies(separate, table).map(({ controllers }) => controllers)).toEqual([
      ['cpu', 'cpuacct'],
      ['pids'],
      ['name=systemd'],
    ]);
    const facts = (text: string) => cgroupFacts(cgroupHierarchies(text, table));
    expect(facts(separate)).toEqual({
      cgroupVersion: 1,
      cgroupHybrid: false,
      hybridControllers: [],
      cgroupControllers: ['cpu', 'cpuacct', 'pids'],
    });
    expect(facts(`${separate}\n${unified}`)).toMatchObject({ cgroupVersion: 1, cgroupHybrid: true });
    expect(facts(unified)).toMatchObject({ cgroupVersion: 2, cgroupHybrid: false });
  });
});
