import { expect, it } from 'vitest';
import { storeConfiguration } from './store-configuration.ts';

it('becomes a storage.conf, whatever characters the paths have', () => {
  const configuration = storeConfiguration({
    graphRoot: '/a "b"\\c',
    runRoot: '/r+:]@\u007f',
    storageOptions: [
      'overlay.mountopt=nodev,metacopy=on',
      'overlay.imagestore=/i',
      'imagestore=/j',
      'overlay.ignore_chown_errors=true',
    ],
  });
  expect(configuration).toBe(`[storage]
driver = "overlay"
graphroot = "/a \\"b\\"\\\\c"
runroot = "/r+:]@\\u007f"
[storage.options]
additionalimagestores = ["/i", "/j"]
[storage.options.overlay]
skip_mount_home = "true"
mountopt = "nodev,metacopy=on"
ignore_chown_errors = "true"
`);
});

it('refuses what is no option', () => {
  for (const option of ['mountopt', 'overlay.=x', 'overlay.a"b=x', '']) {
    expect(() => storeConfiguration({ graphRoot: '/g', runRoot: '/r', storageOptions: [option] })).toThrow(
      `storage option "${option}"`,
    );
  }
});
