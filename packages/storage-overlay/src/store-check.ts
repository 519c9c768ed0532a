import { existsSync, readFileSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { type EngineError, NotSupportedError, readTextIfThere, UnavailableError } from '@tspod/core';
import type { OverlaySettings } from './overlay-settings.ts';
import type { StorePaths } from './store-paths.ts';

const otherDrivers = ['vfs', 'btrfs', 'zfs', 'aufs', 'devicemapper'];

/** Why this store can't be used by us, or undefined when it can. Changes nothing. */
export function storeFault(paths: StorePaths, settings: OverlaySettings): EngineError | undefined {
  if (process.getuid?.() !== 0) {
    return new UnavailableError('overlay storage needs root', { code: 'needs-root', hint: 'run the command as root' });
  }
  if (settings.mountProgram) {
    return new NotSupportedError(`overlay storage with the mount program ${settings.mountProgram} is not supported`, {
      code: 'mount-program',
      hint: 'remove mount_program from storage.conf and use a new graph root',
    });
  }
  if (settings.forceMask) {
    return new NotSupportedError(`overlay storage with force_mask ${settings.forceMask} is not supported`, {
      code: 'force-mask',
      hint: 'remove force_mask from storage.conf and use a new graph root',
    });
  }
  if (usesMountProgram(paths)) {
    return new NotSupportedError(`the store ${paths.graphRoot} was made with a mount program such as fuse-overlayfs`, {
      code: 'mount-program',
      hint: 'use another graph root; the kernel would misread the deletions in its layers',
    });
  }
  const driver = otherDriver(paths);
  if (driver) {
    return new UnavailableError(`the graph root ${paths.graphRoot} belongs to storage driver "${driver}"`, {
      code: 'other-driver',
      hint: 'use another graph root',
    });
  }
  if (!kernelHasOverlay()) {
    return new UnavailableError('the kernel has no overlay file system', {
      code: 'no-overlay',
      hint: 'load the kernel module "overlay", or use storage "dir"',
    });
  }
  return undefined;
}

function usesMountProgram(paths: StorePaths): boolean {
  return readTextIfThere(join(paths.home, '.has-mount-program'))?.trim() === 'true';
}

/** Another driver that has records here, while ours has none. */
function otherDriver(paths: StorePaths): string | undefined {
  if (existsSync(paths.layerRecords)) return undefined;
  return otherDrivers.find((driver) => existsSync(join(paths.graphRoot, `${driver}-layers`, 'layers.json')));
}

function kernelHasOverlay(): boolean {
  if (/^nodev\toverlay$/m.test(readFileSync('/proc/filesystems', 'utf8'))) return true;
  // A module that is not loaded yet; mount(2) loads it.
  return /\/overlay\.ko/m.test(readTextIfThere(`/lib/modules/${release()}/modules.dep`) ?? '');
}
