import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { mountIdMapped, withUserNamespace } from './id-mapped-mount.ts';
import { unmount } from './mount.ts';

const map = (containerID: number, hostID: number, size: number) => [{ containerID, hostID, size }];

it('a mount shows owners as the user namespace maps them', async () => {
  const directory = mkdtempSync('/var/tmp/id-mapped-');
  const [source, target] = [join(directory, 'source'), join(directory, 'target')];
  for (const path of [source, target]) mkdirSync(path);
  writeFileSync(join(source, 'file'), '');
  try {
    await withUserNamespace({ uid: map(0, 100_000, 10), gid: map(0, 200_000, 10) }, (userNamespace) =>
      mountIdMapped(source, target, userNamespace),
    );
    expect(statSync(join(target, 'file'))).toMatchObject({ uid: 100_000, gid: 200_000 });
    expect(statSync(join(source, 'file'))).toMatchObject({ uid: 0, gid: 0 });
  } finally {
    unmount(target, { detach: true });
    rmSync(directory, { recursive: true });
  }
});

it('maps that the kernel refuses are an error, and no process stays', async () => {
  await expect(withUserNamespace({ uid: map(0, 0, 0), gid: [] }, () => undefined)).rejects.toMatchObject({ code: 'cannot-run' });
});
