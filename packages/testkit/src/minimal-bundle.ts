import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Process, Spec } from '@tspod/core';

/** A temporary place with a busybox root file system, for containers without images and storage. */
export interface BundleWorkshop {
  /** Temporary directory; everything of the workshop is in it. */
  readonly directory: string;
  /** Root file system that all bundles share, read-only to them. */
  readonly rootfs: string;
  /** Where `makeBundle` puts cgroups, e.g. `/tspod-test-1a2b3c4d`. */
  readonly cgroupParent: string;
  /** Makes `<directory>/bundles/<id>` with a config.json, and answers the directory. */
  makeBundle(id: string, options: BundleOptions): string;
  /** The process document that a bundle or exec session has by default. */
  process(command: readonly string[], changes?: Partial<Process>): Process;
  /** Ends what still runs in the cgroups, and removes them and the directory. */
  remove(): Promise<void>;
}

export interface BundleOptions {
  readonly command: readonly string[];
  readonly terminal?: boolean | undefined;
  readonly process?: Partial<Process> | undefined;
  /** Bytes. */
  readonly memoryLimit?: number | undefined;
}

/** @param busybox a statically linked one. Default: `/bin/busybox`, Debian's busybox-static. */
export function createBundleWorkshop(busybox = '/bin/busybox'): BundleWorkshop {
  const directory = mkdtempSync(join(tmpdir(), 'tspod-bundles-'));
  const rootfs = join(directory, 'rootfs');
  const cgroupParent = `/tspod-test-${randomBytes(4).toString('hex')}`;
  makeRootfs(rootfs, busybox);

  const processDocument: BundleWorkshop['process'] = (command, changes = {}) => ({
    terminal: false,
    user: { uid: 0, gid: 0 },
    args: [...command],
    env: ['PATH=/bin', 'TERM=xterm'],
    cwd: '/',
    ...changes,
  });

  return {
    directory,
    rootfs,
    cgroupParent,
    process: processDocument,
    makeBundle(id, options) {
      const bundle = join(directory, 'bundles', id);
      mkdirSync(bundle, { recursive: true });
      const spec: Spec = {
        ociVersion: '1.0.2',
        process: processDocument(options.command, { terminal: options.terminal ?? false, ...options.process }),
        root: { path: rootfs, readonly: true },
        mounts: [
          { destination: '/proc', type: 'proc', source: 'proc' },
          { destination: '/dev', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'mode=755'] },
          { destination: '/dev/pts', type: 'devpts', source: 'devpts', options: ['newinstance', 'ptmxmode=0666'] },
          { destination: '/tmp', type: 'tmpfs', source: 'tmpfs', options: ['mode=1777'] },
        ],
        linux: {
          cgroupsPath: `${cgroupParent}/${id}`,
          namespaces: [{ type: 'pid' }, { type: 'mount' }, { type: 'ipc' }, { type: 'uts' }, { type: 'network' }],
          ...(options.memoryLimit === undefined
            ? {}
            : { resources: { memory: { limit: options.memoryLimit, swap: options.memoryLimit } } }),
        },
      };
      writeFileSync(join(bundle, 'config.json'), JSON.stringify(spec));
      return bundle;
    },
    async remove() {
      for (const path of cgroupDirectories(cgroupParent)) await removeCgroup(path);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function makeRootfs(rootfs: string, busybox: string): void {
  for (const name of ['bin', 'dev', 'etc', 'proc', 'tmp']) mkdirSync(join(rootfs, name), { recursive: true });
  copyFileSync(busybox, join(rootfs, 'bin/busybox'));
  const applets = execFileSync(busybox, ['--list'], { encoding: 'utf8' }).split('\n');
  for (const name of applets.filter((applet) => applet !== '' && applet !== 'busybox'))
    symlinkSync('busybox', join(rootfs, 'bin', name));
  writeFileSync(join(rootfs, 'bin/not-executable'), '#!/bin/sh\n', { mode: 0o644 });
}

/** A dead process is in its cgroup until its parent has asked for it, which takes some parents a second. */
async function removeCgroup(path: string): Promise<void> {
  const deadline = performance.now() + 10_000;
  for (;;) {
    for (const pid of readFileSync(join(path, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean)) killIfThere(Number(pid));
    try {
      return rmdirSync(path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EBUSY' || performance.now() > deadline) throw error;
    }
    await sleep(20);
  }
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Of one cgroup in every mounted hierarchy, children first. */
function cgroupDirectories(cgroup: string): string[] {
  const mounts = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([, , type]) => type === 'cgroup' || type === 'cgroup2');
  return mounts.flatMap(([, target = '']) => withChildren(join(target, cgroup)));
}

function withChildren(directory: string): string[] {
  if (!existsSync(directory)) return [];
  const children = readdirSync(directory, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return [...children.flatMap(({ name }) => withChildren(join(directory, name))), directory];
}
