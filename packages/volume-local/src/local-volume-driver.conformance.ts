import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { VolumeDriver } from '@tspod/core';
import { unmount } from '@tspod/linux';
import { type VolumeDriverFixture, volumeDriverChecks, volumeDriverSuite } from '@tspod/testkit';
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest';
import { createLocalVolumeDriver } from './index.ts';

async function fixture(spoil: (driver: VolumeDriver) => Partial<VolumeDriver> = () => ({})): Promise<VolumeDriverFixture> {
  const root = mkdtempSync('/var/tmp/tspod-volumes-');
  const settings = { directory: join(root, 'volumes'), runDirectory: join(root, 'run') };
  const open = () => {
    const driver = createLocalVolumeDriver(settings);
    const methods = ['check', 'create', 'mountPoint', 'mount', 'unmount', 'holders', 'remove', 'probe'] as const;
    const own = Object.fromEntries(methods.map((name) => [name, (driver[name] as (...args: never[]) => unknown).bind(driver)]));
    return { ...driver, ...own, ...spoil(driver) } as VolumeDriver;
  };
  return {
    instance: open(),
    reopen: open,
    mountedOptions: { type: 'tmpfs', device: 'tmpfs', o: 'size=1m' },
    cleanup: async () => {
      for (const name of existsSync(settings.directory) ? readdirSync(settings.directory) : []) {
        unmount(join(settings.directory, name, '_data'));
      }
      rmSync(root, { recursive: true });
    },
  };
}

volumeDriverSuite('directories and mounts', () => fixture());

/** A way to break the driver, by the name of the check that has to notice. */
const defects: Readonly<Record<string, (driver: VolumeDriver) => Partial<VolumeDriver>>> = {
  'keeps data from one holder to the next, also for another instance': (driver) => ({
    unmount: async (name) => driver.remove(name),
  }),
  'gives every volume a place of its own': (driver) => ({ mountPoint: () => driver.mountPoint('data') }),
  'refuses a second volume of the same name, and leaves the first as it is': (driver) => ({
    create: async (volume) => {
      await driver.remove(volume.name);
      await driver.create(volume);
    },
  }),
  'knows its holders, each once': () => ({ holders: async () => ['a', 'b'] }),
  'has a mounted volume there until its last holder goes': (driver) => ({
    unmount: async (name, holder) => {
      unmount(driver.mountPoint(name));
      await driver.unmount(name, holder);
    },
  }),
  'removes the data, held or not, as often as asked': () => ({ remove: async () => undefined }),
  'says so when a volume is not there': () => ({ mount: async () => undefined }),
  'refuses options that it does not know, before anything is made': () => ({
    check: () => ({ uid: undefined, gid: undefined, copiesUp: true }),
  }),
};

describe('every check notices', () => {
  it.each(volumeDriverChecks.map((check) => [check.name, check] as const))('%s', async (name, check) => {
    const broken = await fixture(defects[name]);
    try {
      await expect(check.run(broken)).rejects.toThrow();
    } finally {
      await broken.cleanup();
    }
  });
});

describe('this driver’s own', () => {
  let one: VolumeDriverFixture;
  beforeEach(async () => {
    one = await fixture();
  });
  afterEach(() => one.cleanup());

  test('a directory belongs to whom the options say', async () => {
    await one.instance.create({ name: 'owned', options: { o: 'uid=1000,gid=1001' } });
    const { uid, gid, mode } = statSync(one.instance.mountPoint('owned'));
    expect({ uid, gid, mode: mode & 0o777 }).toEqual({ uid: 1000, gid: 1001, mode: 0o755 });
  });

  test('a directory of the host is bound, and stays when the volume goes', async () => {
    const source = `${one.instance.mountPoint('x')}-source`;
    mkdirSync(source, { recursive: true });
    writeFileSync(join(source, 'file'), 'of the host');
    const volume = { name: 'bound', options: { type: 'none', device: source, o: 'bind,ro' } };
    await one.instance.create(volume);
    await one.instance.mount(volume, 'h');
    expect(existsSync(join(one.instance.mountPoint('bound'), 'file'))).toBe(true);
    expect(() => writeFileSync(join(one.instance.mountPoint('bound'), 'new'), '')).toThrow('EROFS');
    await one.instance.remove('bound');
    expect(existsSync(join(source, 'file'))).toBe(true);
  });

  test('a mount that fails holds nothing', async () => {
    const volume = { name: 'broken', options: { type: 'ext4', device: '/nonexistent', o: '' } };
    await one.instance.create(volume);
    await expect(one.instance.mount(volume, 'h')).rejects.toThrow('/nonexistent');
    expect(await one.instance.holders('broken')).toEqual([]);
  });

  test('a symlink in the data leads nowhere when the volume is removed', async () => {
    await one.instance.create({ name: 'linked', options: {} });
    const outside = mkdtempSync('/var/tmp/tspod-volumes-outside-');
    try {
      writeFileSync(join(outside, 'file'), 'x');
      symlinkSync(outside, join(one.instance.mountPoint('linked'), 'link'));
      await one.instance.remove('linked');
      expect(existsSync(join(outside, 'file'))).toBe(true);
    } finally {
      rmSync(outside, { recursive: true });
    }
  });
});
