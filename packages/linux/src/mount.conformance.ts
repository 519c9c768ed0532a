import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hasMountsBelow, isListedMountPoint, isMountPoint, mount, unmount } from './mount.ts';
import { mountByDescriptors, mountOverlay, mountStepwise, type OverlayMount } from './overlay-mount.ts';
import { runsSources, scriptCommand, startProgram } from './test-process.ts';

const isRoot = process.getuid?.() === 0;
if (!isRoot) console.log('skipping mounts: they need root');

const mountTable = () => readFileSync('/proc/self/mountinfo', 'utf8');
/** What findmnt(8), which is not our code, says of a mount. */
const shown = (target: string, column: string) =>
  execFileSync('findmnt', ['--noheadings', '--output', column, '--mountpoint', target], { encoding: 'utf8' }).trim();

describe.runIf(isRoot)('mounts', () => {
  let directory: string;
  let target: string;
  let source: string;
  beforeEach(() => {
    directory = mkdtempSync('/var/tmp/linux-mount-');
    [target, source] = [join(directory, 'target'), join(directory, 'source')];
    mkdirSync(target);
    mkdirSync(source);
  });
  afterEach(() => {
    const mounted = mountTable()
      .split('\n')
      .map((line) => line.split(' ')[4] ?? '')
      .filter((path) => path.startsWith(directory));
    for (const path of mounted.reverse()) unmount(path, { detach: true });
    rmSync(directory, { recursive: true });
    expect(mountTable()).not.toContain(directory);
  });

  it('of file systems take flags and data', () => {
    mount({ source: 'scratch', target, type: 'tmpfs', options: ['nodev', 'noexec', 'ro', 'size=64k', 'mode=700', 'private'] });
    expect(shown(target, 'SOURCE,FSTYPE').split(/\s+/)).toEqual(['scratch', 'tmpfs']);
    expect(shown(target, 'VFS-OPTIONS').split(',')).toEqual(['ro', 'nodev', 'noexec', 'relatime']);
    expect(shown(target, 'PROPAGATION')).toBe('private');
    const { blocks, bsize } = statfsSync(target);
    expect(blocks * bsize).toBe(65536);
  });

  it('are seen, and unseen once they are gone', () => {
    expect([isMountPoint(target), isListedMountPoint(target)]).toEqual([false, false]);
    mount({ source: 'tmpfs', target, type: 'tmpfs', options: [] });
    expect([isMountPoint(target), isListedMountPoint(target)]).toEqual([true, true]);
    expect([hasMountsBelow(dirname(target)), hasMountsBelow(target)]).toEqual([true, false]);
    expect(isMountPoint(join(target, '.'))).toBe(true);
    symlinkSync(target, join(directory, 'link'));
    expect([isMountPoint(join(directory, 'link')), isListedMountPoint(join(directory, 'link'))]).toEqual([false, false]);
    expect([isMountPoint('/'), isListedMountPoint('/')]).toEqual([true, true]);
    expect(unmount(join(directory, 'link'))).toBe(false);
    expect(unmount(target)).toBe(true);
    expect(unmount(target)).toBe(false);
    expect(unmount(join(directory, 'missing'))).toBe(false);
    expect(isMountPoint(target)).toBe(false);
    expect(isMountPoint(join(directory, 'missing'))).toBe(false);
  });

  it('that are busy go only when detached', () => {
    mount({ source: 'tmpfs', target, type: 'tmpfs', options: [] });
    const inside = process.cwd();
    process.chdir(target);
    try {
      expect(() => unmount(target)).toThrow(/^EBUSY: .*umount2 '/);
      expect(unmount(target, { detach: true })).toBe(true);
    } finally {
      process.chdir(inside);
    }
    expect(isMountPoint(target)).toBe(false);
  });

  it('that bind a directory get their flags, keep those of the source, and leave the source alone', () => {
    mount({ source: 'tmpfs', target: source, type: 'tmpfs', options: ['nosuid', 'noexec', 'private'] });
    writeFileSync(join(source, 'file'), 'content');
    mount({ source, target, type: '', options: ['ro', 'nodev', 'exec'] });
    expect(shown(target, 'VFS-OPTIONS').split(',')).toEqual(['ro', 'nosuid', 'nodev', 'relatime']);
    expect(shown(source, 'VFS-OPTIONS').split(',')).toEqual(['rw', 'nosuid', 'noexec', 'relatime']);
    expect(() => writeFileSync(join(target, 'file'), 'x')).toThrow('EROFS');
    expect(readFileSync(join(target, 'file'), 'utf8')).toBe('content');
    mount({ source: '', target, type: '', options: ['remount', 'bind', 'rw'] });
    expect(shown(target, 'VFS-OPTIONS').split(',')).toEqual(['rw', 'nosuid', 'nodev', 'relatime']);
  });

  it('that bind recursively take what is mounted below along', () => {
    mkdirSync(join(source, 'below'));
    mount({ source: 'tmpfs', target: join(source, 'below'), type: 'tmpfs', options: ['private'] });
    mount({ source, target, type: '', options: ['bind'] });
    expect(isMountPoint(join(target, 'below'))).toBe(false);
    unmount(target);
    mount({ source, target, type: 'bind', options: ['rbind', 'rslave'] });
    expect(isMountPoint(join(target, 'below'))).toBe(true);
  });

  it('change their propagation only, or their flags only', () => {
    mount({ source, target, type: '', options: ['bind', 'private'] });
    mount({ source: '', target, type: '', options: ['shared'] });
    expect(shown(target, 'PROPAGATION')).toBe('shared');
    mount({ source: '', target, type: '', options: ['private', 'unbindable'] });
    expect(shown(target, 'PROPAGATION')).toBe('private,unbindable');
    unmount(target);
    mount({ source: 'tmpfs', target, type: 'tmpfs', options: ['private'] });
    mount({ source: '', target, type: '', options: ['remount', 'ro', 'size=1m'] });
    expect(shown(target, 'FS-OPTIONS')).toContain('ro,size=1024k');
  });

  it.runIf(runsSources)('are undone when a later step fails', async () => {
    mount({ source: 'tmpfs', target: source, type: 'tmpfs', options: ['nodev', 'private'] });
    // In a user namespace of its own nobody may clear the flags that a mount came with.
    await using inside = startProgram(
      'unshare',
      '--user',
      '--map-root-user',
      '--mount',
      ...scriptCommand(
        `const [source, target] = args;
        const attempt = (options) => { try { linux.mount({ source, target, type: '', options }); return 'mounted'; } catch (e) { return e.code; } };
        console.log(attempt(['dev']), linux.isMountPoint(target), attempt(['ro']), linux.isMountPoint(target));`,
        source,
        target,
      ),
    );
    expect(await inside.line()).toBe('EPERM false mounted true');
  });

  it('that bind take no words that only a file system could read', () => {
    const request = { source, target, type: '', options: ['ro', 'size=1m', 'z'] };
    expect(() => mount(request)).toThrow(`a bind mount at ${target} has no options size=1m,z`);
    expect(isMountPoint(target)).toBe(false);
  });

  it('that the kernel refuses say what was asked', () => {
    const missing = join(directory, 'missing');
    expect(() => mount({ source, target: missing, type: '', options: [] })).toThrow(
      expect.objectContaining({ code: 'ENOENT', errno: -2, syscall: 'mount', path: source, dest: missing }),
    );
    expect(() => mount({ source: 'x', target, type: 'nosuchfs', options: [] })).toThrow('ENODEV');
    expect(() => mount({ source: '', target, type: '', options: [] })).toThrow('nothing to mount');
  });

  it('never have their options cut off', () => {
    const request = (length: number) => ({ source: 'x', target, type: 'tmpfs', options: [`mpol=${'x'.repeat(length - 5)}`] });
    expect(() => mount(request(4095))).toThrow('EINVAL');
    expect(() => mount(request(4096))).toThrow(/are 4096 bytes long, more than 4095$/);
  });

  describe('of overlays', () => {
    function layers(count: number, name = 'layer'): string[] {
      return Array.from({ length: count }, (_, index) => {
        const layer = join(directory, `${name}-${index}-${'long'.repeat(10)}`);
        mkdirSync(layer);
        writeFileSync(join(layer, `file-${index}`), '');
        writeFileSync(join(layer, 'same'), String(index));
        return layer;
      });
    }

    function writable(lowerDirectories: readonly string[], name = 'upper'): OverlayMount {
      const upper = { directory: join(directory, name), work: join(directory, `${name}-work`) };
      mkdirSync(upper.directory);
      mkdirSync(upper.work);
      return { lowerDirectories, upper, target };
    }

    const ways = { 'whatever fits': mountOverlay, 'one step at a time': mountStepwise, 'by descriptors': mountByDescriptors };

    it.each(Object.entries(ways))('are made of layers, topmost first: %s', (_, mountIt) => {
      const overlay = writable(layers(3));
      mountIt({ ...overlay, options: ['nodev', 'volatile', 'metacopy=off'] });
      expect(readFileSync(join(target, 'same'), 'utf8')).toBe('0');
      expect(readdirSync(target).sort()).toEqual(['file-0', 'file-1', 'file-2', 'same']);
      writeFileSync(join(target, 'new'), '');
      rmSync(join(target, 'file-1'));
      expect(readdirSync(join(directory, 'upper')).sort()).toEqual(['file-1', 'new']);
      expect(shown(target, 'VFS-OPTIONS').split(',')).toContain('nodev');
      expect(shown(target, 'FS-OPTIONS')).toMatch(/volatile/);
    });

    it.each(Object.entries(ways))('without an upper directory can not be written to: %s', (_, mountIt) => {
      mountIt({ lowerDirectories: layers(2), target, options: ['ro'] });
      expect(() => writeFileSync(join(target, 'new'), '')).toThrow('EROFS');
      expect(shown(target, 'VFS-OPTIONS').split(',')).toContain('ro');
    });

    it('may have more layers than a page of options', () => {
      mountOverlay({ ...writable(layers(300)), options: ['nodev'] });
      expect(readdirSync(target)).toHaveLength(301);
      expect(readFileSync(join(target, 'same'), 'utf8')).toBe('0');
      expect(shown(target, 'VFS-OPTIONS').split(',')).toContain('nodev');
    });

    it('may have some two hundred layers on old kernels', () => {
      const overlay = writable(layers(190));
      mountByDescriptors(overlay);
      expect(readdirSync(target)).toHaveLength(191);
      const more = { ...overlay, lowerDirectories: layers(300, 'more') };
      expect(() => mountByDescriptors(more)).toThrow(`can't mount an overlay of 300 layers at ${target}`);
    });

    it.each(Object.entries(ways))('may have any characters in their paths: %s', (_, mountIt) => {
      const odd = layers(2, 'a:b,c\\d e=f');
      mountIt(writable(odd, 'up:per,dir\\ =x'));
      writeFileSync(join(target, 'new'), '');
      expect(existsSync(join(directory, 'up:per,dir\\ =x/new'))).toBe(true);
      expect(readdirSync(target)).toContain('file-1');
    });

    it('may have longer paths than a step takes', () => {
      const deep = join(directory, ...Array.from({ length: 3 }, (_, index) => `${index}`.repeat(120)));
      mkdirSync(join(deep, 'lower'), { recursive: true });
      mkdirSync(join(deep, 'upper'));
      mkdirSync(join(deep, 'work'));
      writeFileSync(join(deep, 'lower/file'), '');
      const upper = { directory: join(deep, 'upper'), work: join(deep, 'work') };
      mountStepwise({ lowerDirectories: [join(deep, 'lower')], upper, target });
      writeFileSync(join(target, 'new'), '');
      expect(readdirSync(upper.directory)).toEqual(['new']);
    });

    it('that the kernel refuses say why', () => {
      const overlay = writable(layers(1));
      expect(() => mountStepwise({ ...overlay, options: ['bogus=1'] })).toThrow(/EINVAL.*fsconfig.*Unknown parameter 'bogus'/);
      expect(() => mountStepwise({ ...overlay, target: join(directory, 'missing') })).toThrow(/ENOENT.*move_mount/);
      expect(() => mountOverlay({ ...overlay, lowerDirectories: [] })).toThrow('no lower directory');
      expect(() => mountOverlay({ ...overlay, lowerDirectories: [join(directory, 'missing')] })).toThrow('ENOENT');
      const open = readdirSync('/proc/self/fd').length;
      expect(() => mountStepwise({ ...overlay, options: ['bogus'] })).toThrow('EINVAL');
      expect(() => mountByDescriptors({ ...overlay, lowerDirectories: [source, join(directory, 'missing')] })).toThrow('ENOENT');
      expect(readdirSync('/proc/self/fd')).toHaveLength(open);
    });
  });
});
