import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { Host } from '@tspod/core';
import { describeDefects, type HostFixture, hostCheckApplies, hostChecks, hostSuite } from '@tspod/testkit';
import { createLinuxHost } from './host.ts';
import { unmount } from './mount.ts';

async function fixture(breakIt: (host: Host) => Partial<Host> = () => ({})): Promise<HostFixture> {
  const directory = mkdtempSync('/var/tmp/tspod-host-');
  const host = createLinuxHost();
  return {
    instance: { ...host, ...breakIt(host) },
    directory,
    async cleanup() {
      const points = readFileSync('/proc/self/mountinfo', 'utf8')
        .split('\n')
        .map((line) => line.split(' ')[4] ?? '')
        .filter((path) => path.startsWith(directory));
      for (const point of points.reverse()) unmount(point, { detach: true });
      rmSync(directory, { recursive: true });
    },
  };
}

hostSuite('Linux', () => fixture());

/** Ways to break this host, by the names of the checks that have to notice. */
const defects: Readonly<Record<string, (host: Host) => Partial<Host>>> = {
  'states facts that agree with the machine, the same each time': (host) => ({
    facts: async () => ({ ...(await host.facts()), cgroupHybrid: !(await host.facts()).cgroupHybrid }),
  }),
  'reads files below a root, and nothing outside of it': () => ({
    readFileInRoot: async (root, path) => readFileSync(`${root}/${path}`),
  }),
  'tells what is below a root, and nothing of what is outside': () => ({ statInRoot: async () => 'file' }),
  'appends to files below a root, and to nothing outside of it': () => ({ appendFileInRoot: async () => undefined }),
  'makes links below a root where there is nothing yet, and none outside of it': () => ({ linkInRoot: async () => undefined }),
  'mounts with flags, and unmounts what is mounted or not, also when it is busy': () => ({
    unmount: async (path) => void unmount(path),
  }),
  'brings a mount here that only another process has': (host) => ({
    cloneMount: (_, source, target) => host.mount({ source, target, type: '', options: ['bind'] }),
  }),
  'gives trees to others, and what symlinks in them lead to not': () => ({ changeOwner: async () => undefined }),
  'tells a process from others, also from a later one with its number': (host) => ({
    isRunning: ({ pid }) => host.processIdentity(pid) !== undefined,
  }),
  'sends signals, and waits for the end of a process or until it is told to stop': () => ({ waitGone: async () => undefined }),
  'kills a process with all that descend from it': (host) => ({ killTree: (process) => void host.signal(process, 9) }),
  'puts processes into a cgroup of every hierarchy, and removes it when it is empty': () => ({
    placeInCgroup: async () => undefined,
  }),
  'ends the processes of a cgroup and of those below it, and removes it': (host) => ({ endCgroup: host.removeCgroup }),
  'lets the processes of a frozen cgroup go on': () => ({ thawCgroup: async () => undefined }),
  'makes no cgroup for a process that is gone': () => ({ placeInCgroup: async () => undefined }),
  'tells what a cgroup uses, and of one that is not there that it is not': (host) => ({
    cgroupUsage: async (path) => ({ ...(await host.cgroupUsage(path)), pids: 7 }),
  }),
  'limits a cgroup, and leaves what is not named as it is': (host) => ({
    limitCgroup: (path, resources) => host.limitCgroup(path, { pids: { limit: 20 }, ...resources, memory: undefined }),
  }),
  'has systemd make a scope around a process': () => ({ placeInScope: async () => undefined }),
  'says so when there is no systemd to make a scope': () => ({ placeInScope: async () => undefined }),
  'counts what goes over the network of a process, and nothing for one that is gone': () => ({
    networkUsage: async () => ({ received: 0, sent: 0 }),
  }),
  'tells how much memory is free, and of which package a file is': (host) => ({
    freeMemory: async () => ({ memory: (await host.facts()).memory, swap: 0 }),
  }),
  'lists the processes that a process can see': (host) => ({
    processesBeside: async (process) => (await host.processesBeside(process)).slice(0, 1),
  }),
  'knows devices, one by one, below a directory, and all of them': () => ({ devices: async () => [] }),
  'knows the limits of this process, what can be limited, and what security modules have': () => ({ limits: () => new Map() }),
  'labels a file, or a tree and nothing that its symlinks lead to': () => ({
    labelFiles: async (path, label) => void spawnSync('chcon', ['--recursive', '--dereference', '-L', label, path]),
  }),
  'has the kernel load an AppArmor profile, in place of one of its name, and refuses what is none': () => ({
    loadApparmorProfile: async () => undefined,
  }),
  'says so when there is no AppArmor to load a profile': () => ({ loadApparmorProfile: async () => undefined }),
};

describeDefects('the suite of hosts', hostChecks, defects, fixture, hostCheckApplies);
