import type { Host, HostFacts, LimitSupport } from '@tspod/core';
import { apparmorProfiles, loadApparmorProfile } from './apparmor.ts';
import { type CgroupHierarchy, expectMoves, placeInCgroup, readCgroupHierarchies, removeCgroup } from './cgroups.ts';
import { cloneMount } from './clone-mount.ts';
import { deviceNumbersAt, devicesAt, listDevices } from './devices.ts';
import { freeMemory, readFacts } from './facts.ts';
import { killTree } from './kill-tree.ts';
import { readLimits } from './limits.ts';
import { isMountPoint, mount, unmount } from './mount.ts';
import { isRunning, processIdentity, signalProcess, waitGone } from './process.ts';
import { appendFileInRoot, linkInRoot, readFileInRoot, statInRoot } from './root-files.ts';
import { placeInScope } from './systemd-scope.ts';

/** The machine that this process runs on. */
export function createLinuxHost(): Host {
  let hierarchies: readonly CgroupHierarchy[] | undefined;
  let facts: HostFacts | undefined;
  let support: LimitSupport | undefined;

  function cgroups(): readonly CgroupHierarchy[] {
    hierarchies ??= readCgroupHierarchies();
    return hierarchies;
  }

  return {
    specVersion: 'v1',
    async facts() {
      facts ??= readFacts(cgroups());
      return facts;
    },
    freeMemory: async () => freeMemory(),
    packagesOf: async (paths) => (await import('./packages-of.ts')).packagesOf(paths),
    readFileInRoot: async (root, path, limit) => readFileInRoot(root, path, limit),
    appendFileInRoot: async (root, path, text) => appendFileInRoot(root, path, text),
    linkInRoot: async (root, path, target, owner) => linkInRoot(root, path, target, owner),
    statInRoot: async (root, path) => statInRoot(root, path),
    mount: async (request) => mount(request),
    async unmount(target) {
      unmount(target, { detach: true });
    },
    cloneMount: async (process, path, target) => cloneMount(process, path, target),
    changeOwner: async (path, uid, gid) => (await import('./change-owner.ts')).changeOwner(path, uid, gid),
    isMountPoint: async (path) => isMountPoint(path),
    processIdentity,
    isRunning,
    signal: signalProcess,
    killTree,
    waitGone,
    expectCgroupMoves: () => expectMoves(cgroups()),
    placeInCgroup: (path, pid) => placeInCgroup(cgroups(), path, pid),
    placeInScope,
    splitCgroup: async () => (await import('./split-cgroup.ts')).splitCgroup(cgroups()),
    removeCgroup: async (path) => removeCgroup(cgroups(), path),
    endCgroup: async (path) => (await import('./cgroup-processes.ts')).endCgroup(cgroups(), path),
    thawCgroup: async (path) => (await import('./cgroup-processes.ts')).thawCgroup(cgroups(), path),
    async limitSupport() {
      support ??= (await import('./limit-support.ts')).readLimitSupport(cgroups());
      return support;
    },
    cgroupUsage: async (path) => (await import('./cgroup-usage.ts')).readCgroupUsage(cgroups(), path),
    limitCgroup: async (path, resources) => (await import('./limit-cgroup.ts')).limitCgroup(cgroups(), path, resources),
    sendDatagram: async (socket, text) => (await import('./datagram.ts')).sendDatagram(socket, text),
    networkUsage: async (process) => (await import('./network-usage.ts')).readNetworkUsage(process),
    processesBeside: async (process) => (await import('./process-details.ts')).processesBeside(process),
    deviceNumbers: async (path) => deviceNumbersAt(path),
    devices: async () => listDevices(),
    devicesAt: async (path) => devicesAt(path),
    apparmorProfiles: async () => apparmorProfiles(),
    loadApparmorProfile: async (text) => loadApparmorProfile(text),
    selinuxContexts: async () => (await import('./selinux.ts')).selinuxContexts(),
    labelFiles: async (path, label) => (await import('./selinux.ts')).labelFiles(path, label),
    limits: readLimits,
  };
}
