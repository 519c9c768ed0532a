import type { Host, HostFacts } from '@tspod/core';
import { type CgroupHierarchy, expectMoves, placeInCgroup, readCgroupHierarchies, removeCgroup } from './cgroups.ts';
import { cloneMount } from './clone-mount.ts';
import { listDevices } from './devices.ts';
import { readFacts } from './facts.ts';
import { readLimits } from './limits.ts';
import { isMountPoint, mount, unmount } from './mount.ts';
import { isRunning, processIdentity, signalProcess, waitGone } from './process.ts';
import { readFileInRoot, statInRoot } from './root-files.ts';
import { placeInScope } from './systemd-scope.ts';

/** The machine that this process runs on. */
export function createLinuxHost(): Host {
  let hierarchies: readonly CgroupHierarchy[] | undefined;
  let facts: HostFacts | undefined;

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
    readFileInRoot: async (root, path, limit) => readFileInRoot(root, path, limit),
    statInRoot: async (root, path) => statInRoot(root, path),
    mount: async (request) => mount(request),
    async unmount(target) {
      unmount(target, { detach: true });
    },
    cloneMount: async (process, path, target) => cloneMount(process, path, target),
    isMountPoint: async (path) => isMountPoint(path),
    processIdentity,
    isRunning,
    signal: signalProcess,
    waitGone,
    expectCgroupMoves: () => expectMoves(cgroups()),
    placeInCgroup: (path, pid) => placeInCgroup(cgroups(), path, pid),
    placeInScope,
    removeCgroup: async (path) => removeCgroup(cgroups(), path),
    devices: async () => listDevices(),
    limits: readLimits,
  };
}
