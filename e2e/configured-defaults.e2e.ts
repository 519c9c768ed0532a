import { mkdirSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { busybox, Store } from './support/store.ts';

/**
 * Whether the namespaces are the host's, what is in the hosts file but for the names of the container, what is mounted and there, what
 * the first process is, and what came in of our environment.
 */
const look = [
  'for kind in ipc pid uts cgroup; do echo $kind $(readlink /proc/self/ns/$kind); done',
  'grep -e ^192.0.2.77 -e from-file -e ::1 /etc/hosts; ls /etc/hosts',
  'grep -c " /dev/shm " /proc/mounts; grep -w /v /proc/mounts | cut -d" " -f4 | cut -d, -f1; ls /dev | grep -w -e xnull -e xzero; ls /v /w',
  'cat /proc/1/comm; env | grep -e ^HTTP_PROXY -e ^OURS | sort',
].join('; ');

/** A pair of lines of containers.conf, and flags beside them. */
const cases: readonly (readonly [line: string, ...flags: readonly string[]])[] = [
  ['#'],
  ['cgroupns = "private"'],
  ['cgroupns = "host"'],
  ['ipcns = "host"'],
  ['ipcns = "private"'],
  ['ipcns = "none"'],
  ['ipcns = "host"', '--ipc', 'private'],
  ['pidns = "host"'],
  ['utsns = "host"'],
  ['no_hosts = true'],
  ['no_hosts = true', '--add-host', 'a:192.0.2.1'],
  ['no_hosts = true', '--no-hosts=false'],
  ['init = true', '--init=false'],
  ['env_host = true', '--env-host=false'],
  ['http_proxy = false', '--http-proxy'],
  ['base_hosts_file = "none"'],
  ['base_hosts_file = "@/hosts"'],
  ['host_containers_internal_ip = "192.0.2.77"'],
  ['host_containers_internal_ip = "192.0.2.77"', '--network', 'host'],
  ['host_containers_internal_ip = "none"', '--network', 'host'],
  ['devices = ["/dev/null:/dev/xnull:rw"]'],
  ['devices = ["/dev/null:/dev/xnull:rw"]', '--device', '/dev/zero:/dev/xzero'],
  ['volumes = ["@/v:/v:ro"]'],
  ['volumes = ["@/v:/v:ro"]', '-v', '@/w:/w'],
  ['volumes = ["@/v:/v:ro"]', '--mount', 'type=bind,src=@/w,dst=/w'],
];

describe('containers get what containers.conf says, as with podman', () => {
  let store: Store;

  beforeAll(async () => {
    store = await Store.create({ runtime: 'crun' });
    for (const name of ['v', 'w']) {
      mkdirSync(store.path(name));
      writeFileSync(store.path(`${name}/in-${name}`), '');
    }
    writeFileSync(store.path('hosts'), '192.0.2.5 from-file\n');
  });

  afterAll(() => store[Symbol.asyncDispose]());

  const filled = (text: string) => text.replaceAll('@', store.path('.').replace(/\/\.$/, ''));

  function configured(lines: string): { readonly env: Readonly<Record<string, string>> } {
    const path = store.path('own.conf');
    const base = [
      '[containers]',
      'netns = "none"',
      'default_ulimits = ["nofile=1024:1024","nproc=30000:30000"]',
      'pids_limit = 0',
    ];
    writeFileSync(path, [...base, filled(lines), '[engine]', 'lock_type = "file"', 'cgroup_manager = "cgroupfs"', ''].join('\n'));
    return { env: { CONTAINERS_CONF: path, CONTAINERS_CONF_OVERRIDE: '', HTTP_PROXY: 'proxy.example', OURS: 'ours' } };
  }

  test.each(cases)('%s %s', async (line, ...flags) => {
    const options = configured(line);
    const args = ['run', '--rm', ...flags.map(filled), busybox, 'sh', '-c', look];
    const [ours, podmans] = [await store.tspod(args, options), await store.podman(args, options)];
    // names of namespaces that are not the host's
    const own = (text: string) =>
      text.replace(/\[\d{6,}\]/g, (name) => (isHosts(name) ? name : 'own')).replace(/^.*no such file.*$/gim, 'missing');
    expect({ code: ours.exitCode, out: own(ours.stdout) }).toEqual({ code: podmans.exitCode, out: own(podmans.stdout) });
  });

  test('no_hosts holds for pods', async () => {
    const told: unknown[] = [];
    for (const run of [store.tspod.bind(store), store.podman.bind(store)]) {
      const options = configured('no_hosts = true');
      expect(await run(['pod', 'create', '--name', 'p'], options)).toMatchObject({ exitCode: 0 });
      const { exitCode } = await run(['run', '--rm', '--pod', 'p', busybox, 'test', '-e', '/etc/hosts'], options);
      const { stdout } = await run(['pod', 'inspect', '--format', '{{.InfraConfig.NoManageHosts}}', 'p'], options);
      told.push({ exitCode, stdout });
      expect(await run(['pod', 'rm', '-f', 'p'], options)).toMatchObject({ exitCode: 0 });
    }
    expect(told).toEqual([{ exitCode: 1, stdout: 'true\n' }, told[0]]);
  });

  test('cgroups = "disabled" and log_tag are in what inspect tells', async () => {
    const format = '{{.HostConfig.Cgroups}} {{.HostConfig.LogConfig.Tag}}';
    const told: string[] = [];
    for (const run of [store.tspod.bind(store), store.podman.bind(store)]) {
      const options = configured('cgroups = "disabled"\nlog_tag = "tag"');
      const created = await run(['container', 'create', '--name', 'c', busybox], options);
      // the store's own parent of cgroups does not go with it
      told.push(
        created.exitCode === 0 ? (await run(['inspect', '--format', format, 'c'], options)).stdout : created.stderr.trim(),
      );
      await run(['rm', '-f', 'c'], options);
    }
    expect(told[0]).toBe(told[1]);
  });
});

/** Initial namespaces have the first numbers that the kernel gives. */
function isHosts(name: string): boolean {
  return Number(name.slice(1, -1)) <= 4026531841;
}
