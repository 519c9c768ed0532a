import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { shareOf } from './support/share.ts';
import { busybox, busyboxArchive, podmanConfiguration, Store } from './support/store.ts';

type Document = Record<string, unknown>;

/** A difference that is meant, with the reason. `path` is where in the document; it is left out of the comparison. */
interface Allowed {
  readonly path: string;
  readonly reason: string;
}

const allowed: readonly Allowed[] = [
  {
    path: 'annotations.run.oci.seccomp_bpf_data',
    reason: 'crun is spared compiling the profile again: docs/decisions/2026-11-23-kept-seccomp-filters.md',
  },
  { path: 'root.path', reason: 'the two containers have different layers' },
  { path: 'hostname', reason: 'the default is the container’s id' },
  { path: 'linux.cgroupsPath', reason: 'ends with the container’s id' },
  { path: 'annotations.io.kubernetes.cri-o.Created', reason: 'the moment of creation' },
  {
    path: 'mounts./dev/shm',
    reason: 'a tmpfs in the container instead of one on the host: docs/decisions/2026-11-23-shm-inside.md',
  },
];

/** Command lines that between them cover capabilities, seccomp, paths, mounts, devices, namespaces, limits, environment, terminal and annotations. */
const commandLines: readonly [what: string, flags: (store: Store) => readonly string[]][] = [
  ['plain', () => []],
  ['with a terminal', () => ['-t', '-i']],
  ['privileged', () => ['--privileged']],
  ['read-only, with a tmpfs', () => ['--read-only', '--tmpfs', '/scratch:size=1m,mode=700']],
  ['capabilities', () => ['--cap-add', 'SYS_PTRACE', '--cap-add', 'net_admin', '--cap-drop', 'CAP_CHOWN']],
  ['no capabilities', () => ['--cap-drop', 'all']],
  ['capabilities and a user', () => ['--user', '1000:1000', '--cap-add', 'sys_admin']],
  ['a named user, environment, directory', () => ['-u', 'nobody', '-e', 'A=b', '-e', 'TERM=dumb', '-w', '/tmp']],
  ['the host’s network', () => ['--network', 'host', '--hostname', 'given']],
  ['bind mounts', (store) => ['-v', `${store.path('shared')}:/data`, '-v', `${store.path('shared')}:/data/ro:ro,nosuid,rslave`]],
  [
    'init, labels, annotations, stop signal',
    () => ['--init', '--label', 'l=1', '--annotation', 'some.key=value', '--stop-signal', 'USR1'],
  ],
  ['removes itself', () => ['--rm']],
];

describe.each(['crun', 'runc'] as const)('config.json equals podman’s, %s', (runtime) => {
  let ours: Store;
  let theirs: Store;
  beforeAll(async () => {
    ours = await Store.create({ runtime });
    theirs = Store.empty({ runtime });
    writeFileSync(ours.path('conf'), podmanConfiguration);
    await theirs.mustPodman('load', '-q', '-i', busyboxArchive());
    for (const store of [ours, theirs]) mkdirSync(store.path('shared'), { recursive: true });
  });
  afterAll(async () => {
    await theirs.podman(['rm', '-f', '-a', '-t', '0']);
    await theirs[Symbol.asyncDispose]();
    await ours[Symbol.asyncDispose]();
  });

  test.each(shareOf(runtime, commandLines))('%s', async (_what, flags) => {
    const network = (given: readonly string[]) => (given.includes('--network') ? [] : ['--network', 'none']);
    const environment = { CONTAINERS_CONF: ours.path('conf') };
    // both bind the same host directory
    const given = flags(ours);
    const run = ['run', '-d', '--name', 'compared', ...network(given), ...given, busybox, 'sleep', '1000'];
    const started = [await ours.tspod(run, { env: environment }), await theirs.podman(run)];
    for (const { exitCode, stderr } of started) expect(exitCode, stderr).toBe(0);
    const [mine] = JSON.parse(await ours.must('inspect', 'compared'));
    const [podmans] = JSON.parse(await theirs.mustPodman('inspect', 'compared'));
    try {
      expect(comparable(mine)).toEqual(comparable(podmans));
    } finally {
      await ours.must('rm', '-f', '-t', '0', 'compared');
      await theirs.podman(['rm', '-f', '-t', '0', 'compared']);
    }
  });
});

/** The OCI config of a running container, without what is allowed to differ, and lists that are sets in a fixed order. */
function comparable({ Id, OCIConfigPath }: { readonly Id: string; readonly OCIConfigPath: string }): Document {
  const text = readFileSync(OCIConfigPath, 'utf8').replaceAll(Id, '<id>').replaceAll(Id.slice(0, 12), '<short id>');
  const spec = JSON.parse(text);
  const document = {
    ...spec,
    process: { ...spec.process, env: spec.process.env.toSorted() },
    // podman writes the device's type into its mode, where the runtime has no use for it
    linux: { ...spec.linux, ...(spec.linux.devices && { devices: spec.linux.devices.map(permissionsOnly).toSorted(byPath) }) },
    mounts: Object.fromEntries(spec.mounts.map((mount: Mount) => [mount.destination, normalMount(mount)])),
  };
  for (const { path } of allowed) remove(document, path);
  return document;
}

interface Mount {
  readonly destination: string;
  readonly type: string;
  readonly source: string;
  readonly options: readonly string[];
}

interface Device {
  readonly path: string;
  readonly fileMode: number;
}

function permissionsOnly(device: Device): Device {
  return { ...device, fileMode: device.fileMode & 0o7777 };
}

function byPath(one: Device, other: Device): number {
  return one.path < other.path ? -1 : 1;
}

/** Files of the engine's run directory are compared by name: the directories are each engine's own. */
function normalMount({ destination, type, source, options }: Mount) {
  return { destination, type, source: source.replace(/^.*\/userdata\//, '<run directory>/'), options: options.toSorted() };
}

function remove(document: Document, path: string): void {
  const at = (place: unknown, key: string) => (place as Document | undefined)?.[key];
  const [section = '', ...rest] = path.split(/\.(.*)/s).filter(Boolean);
  if (rest.length === 0) delete document[section];
  else {
    const inner = at(document, section) as Document | undefined;
    if (inner !== undefined) delete inner[rest.join('.')];
  }
}
