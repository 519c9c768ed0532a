import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { loadConfiguration } from './load-configuration.ts';

let directory: string;
let env: Record<string, string>;

beforeEach(() => {
  directory = mkdtempSync('/var/tmp/tspod-config-');
  const home = join(directory, 'home');
  mkdirSync(join(home, '.config/containers/registries.conf.d'), { recursive: true });
  env = { PATH: process.env.PATH ?? '', HOME: home, CONTAINERS_STORAGE_CONF: join(directory, 'storage.conf') };
  writeFileSync(
    join(directory, 'storage.conf'),
    `[storage]
driver = "overlay"
graphroot = "${directory}/graph"
runroot = "${directory}/run"
[storage.options]
additionalimagestores = ["${directory}/more"]
ignore_chown_errors = "true"
[storage.options.overlay]
mountopt = "nodev,metacopy=on"
`,
  );
  mkdirSync(join(directory, 'more'));
});

afterEach(() => rmSync(directory, { recursive: true }));

interface Info {
  readonly host: { readonly logDriver: string };
  readonly store: {
    readonly graphDriverName: string;
    readonly graphRoot: string;
    readonly runRoot: string;
    readonly graphOptions: Readonly<Record<string, string>>;
  };
  readonly registries: { readonly search?: readonly string[] };
}

async function podmanInfo(): Promise<Info> {
  const argv = ['--cgroup-manager', 'cgroupfs', '--tmpdir', join(directory, 'tmp'), 'info', '--format', 'json'];
  return JSON.parse((await promisify(execFile)('podman', argv, { env })).stdout);
}

const read = () => loadConfiguration({ env, uid: 0 });

it('reads of storage.conf what podman reads', async () => {
  const { store } = await podmanInfo();
  const { storage } = read();
  expect(storage).toMatchObject({ driver: store.graphDriverName, graphRoot: store.graphRoot, runRoot: store.runRoot });
  const options = Object.entries(store.graphOptions).map(([key, value]) => `${key}=${value}`);
  expect([...storage.options].sort()).toEqual(options.sort());
  expect(options).toContain('overlay.ignore_chown_errors=true');
});

it('agrees with podman about STORAGE_OPTS', async () => {
  env.STORAGE_OPTS = 'overlay.mountopt=noexec';
  expect((await podmanInfo()).store.graphOptions).toEqual({ 'overlay.mountopt': 'noexec' });
  expect(read().storage.options).toEqual(['overlay.mountopt=noexec']);
});

it('agrees with podman about which registries.conf counts', async () => {
  const home = env.HOME ?? '';
  const write = (path: string, registry: string) => writeFileSync(path, `unqualified-search-registries = ["${registry}"]\n`);
  const expectBoth = async (...registries: string[]) => {
    expect((await podmanInfo()).registries.search ?? []).toEqual(registries);
    expect(read().registries.searchRegistries).toEqual(registries);
  };
  await expectBoth();
  write(join(home, '.config/containers/registries.conf'), 'user.example');
  await expectBoth('user.example');
  write(join(directory, 'named.conf'), 'named.example');
  env.CONTAINERS_REGISTRIES_CONF = join(directory, 'named.conf');
  await expectBoth('named.example');
  write(join(home, '.config/containers/registries.conf.d/x.conf'), 'drop-in.example');
  await expectBoth('drop-in.example');
});

it('agrees with podman about which containers.conf root reads', async () => {
  writeFileSync(join(env.HOME ?? '', '.config/containers/containers.conf'), '[containers]\nlog_driver = "none"\n');
  expect((await podmanInfo()).host.logDriver).not.toBe('none');
  expect(read().containers.logDriver).toBeUndefined();
  env.CONTAINERS_CONF = join(directory, 'containers.conf');
  writeFileSync(env.CONTAINERS_CONF, '[containers]\nlog_driver = "none"\n');
  expect((await podmanInfo()).host.logDriver).toBe('none');
  expect(read().containers.logDriver).toBe('none');
});
