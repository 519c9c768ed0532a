import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Network } from '@tspod/core';
import { type NetworkFixture, networkChecks, networkSuite } from '@tspod/testkit';
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest';
import { createNetavarkNetwork } from './index.ts';

/** Tells this process's networks from those of other suites that run at the same time. */
const base = 130 + (process.pid % 100);
let fixtures = process.pid % 25;

type Spoil = (network: Network) => Partial<Network>;

async function fixture(spoil: Spoil = () => ({})): Promise<NetworkFixture & { readonly directory: string }> {
  const directory = mkdtempSync('/var/tmp/tspod-networks-');
  const own = fixtures++ % 25;
  const open = () => {
    const network = createNetavarkNetwork({
      configDirectory: join(directory, 'networks'),
      runDirectory: join(directory, 'run'),
      recordDirectory: join(directory, 'sandboxes'),
      helperDirectories: ['/usr/libexec/podman', '/usr/lib/podman'],
      defaultNetwork: 'podman',
      defaultSubnet: `10.${base}.255.0/24`,
      subnetPools: [{ base: `10.${base}.${own * 10}.0/22`, size: 26 }],
      log: () => undefined,
    });
    const methods = [
      ...(['networks', 'lookup', 'create', 'remove', 'join', 'connect', 'disconnect', 'reload', 'leave'] as const),
      ...(['sandbox', 'sandboxes', 'probe', 'version'] as const),
    ];
    const bound = Object.fromEntries(
      methods.map((name) => [name, (network[name] as (...args: never[]) => unknown).bind(network)]),
    );
    const { specVersion, name, defaultNetwork } = network;
    return { specVersion, name, defaultNetwork, ...bound, ...spoil(network) } as Network;
  };
  const honest = createNetavarkNetwork;
  return {
    directory,
    instance: open(),
    reopen: open,
    request: (number) => ({
      name: `net${number}`,
      interfaceName: `t${process.pid % 100000}x${own}n${number}`.slice(0, 15),
      subnets: [{ subnet: `10.${base}.${own * 10 + 4 + number}.0/24` }],
    }),
    cleanup: async () => {
      const network = honest({
        configDirectory: join(directory, 'networks'),
        runDirectory: join(directory, 'run'),
        recordDirectory: join(directory, 'sandboxes'),
        helperDirectories: ['/usr/libexec/podman', '/usr/lib/podman'],
        defaultNetwork: 'podman',
        defaultSubnet: '10.88.0.0/16',
        subnetPools: [],
        log: () => undefined,
      });
      for (const id of await network.sandboxes()) await network.leave(id);
      rmSync(directory, { recursive: true });
    },
  };
}

networkSuite('netavark', () => fixture());

/** A way to break the backend, by the name of the check that has to notice. */
const defects: Readonly<Record<string, Spoil>> = {
  'has a default network from the beginning, which stays': () => ({ remove: async () => undefined }),
  'keeps what it made, also for another instance, until it is removed': (network) => ({
    lookup: async (name) => ({ ...(await network.lookup(name)), labels: {} }),
  }),
  'chooses what a request leaves open': (network) => ({
    create: async (request) => ({
      ...(await network.create(request)),
      subnets: [{ subnet: '10.1.0.0/24', gateway: '10.1.0.1' }],
    }),
  }),
  'refuses what collides or means nothing, and makes nothing': (network) => ({
    create: async (request) =>
      network.create(request).catch(async (error: unknown) => {
        await network.create({ interfaceName: `t${process.pid % 100000}bad` });
        throw error;
      }),
  }),
  'gives a sandbox a namespace and an interface in each network, until it leaves': (network) => ({
    join: async (request) => network.join({ ...request, attachments: request.attachments.slice(0, 1) }),
  }),
  'gives every address once, and again when it is free': (network) => ({
    join: async (request) =>
      network.join({ ...request, attachments: request.attachments.map(({ network: name }) => ({ network: name })) }),
  }),
  'refuses a host port that is taken, leaving the other container as it is and nothing of the new one': (network) => ({
    join: async (request) => network.join({ ...request, ports: [] }),
  }),
  'leaves nothing of a sandbox whose network is not there': (network) => ({
    join: async (request) => {
      await (await network.join({ ...request, attachments: request.attachments.slice(0, 1) })).ready;
      return network.join(request).catch(async (error: unknown) => {
        await (await network.join({ ...request, ports: [], attachments: [] })).ready;
        throw error;
      });
    },
  }),
  'connects a sandbox to more networks and disconnects it': (network) => ({
    disconnect: async (id) => (await network.sandbox(id)) ?? { namespace: '', networks: [] },
  }),
  'keeps addresses when it makes everything anew': (network) => ({
    reload: async (id) => {
      const { networks } = (await network.sandbox(id)) ?? { networks: [] };
      const attachments = networks.map(({ network: name }) => ({ network: name }));
      const made = await network.join({ containerId: id, containerName: 'x', attachments, ports: [] });
      return made.ready;
    },
  }),
  'replaces a sandbox of the same container': (network) => ({
    join: async (request) => {
      const sandbox = await network.sandbox(request.containerId);
      if (sandbox === undefined) return network.join(request);
      return { sandbox, keptDescriptors: [], release: () => undefined, ready: Promise.resolve(sandbox) };
    },
  }),
};

describe('every check notices', () => {
  it.each(networkChecks.map((check) => [check.name, check] as const))('%s', async (name, check) => {
    const broken = await fixture(defects[name]);
    try {
      await expect(check.run(broken)).rejects.toThrow();
    } finally {
      await broken.cleanup();
    }
  });
});

describe('this backend’s own', () => {
  let one: Awaited<ReturnType<typeof fixture>>;
  beforeEach(async () => {
    one = await fixture();
  });
  afterEach(() => one.cleanup());

  const id = 'c'.repeat(64);
  const join4 = async (network: string) => {
    const made = await one.instance.join({ containerId: id, containerName: 'c', attachments: [{ network }], ports: [] });
    return made.ready;
  };

  test('a record without its namespace, or with half of its networks, is taken down', async () => {
    const { name } = await one.instance.create(one.request(1));
    const { namespace, networks } = await join4(name);
    const path = join(one.directory, 'sandboxes', `${id}.json`);
    await one.instance.leave(id);
    const record = {
      containerId: id,
      containerName: 'c',
      namespace,
      ports: [],
      networks: [
        {
          name,
          attachment: { interface_name: 'eth0', static_ips: [networks[0]?.addresses[0]?.address] },
          info: { name, id, driver: 'bridge', created: '', ipv6_enabled: false, internal: false, dns_enabled: false },
        },
      ],
    };
    writeFileSync(path, JSON.stringify(record));
    await one.instance.leave(id);
    expect(existsSync(path)).toBe(false);
    writeFileSync(path, JSON.stringify(record));
    writeFileSync(namespace, '');
    await one.instance.leave(id);
    expect([existsSync(path), existsSync(namespace)]).toEqual([false, false]);
  });

  test('addresses go round, and end', async () => {
    const [subnet] = one.request(1).subnets ?? [];
    const small = { subnet: (subnet?.subnet ?? '').replace('/24', '/29') };
    const { name } = await one.instance.create({
      ...one.request(1),
      subnets: [{ ...small, range: small.subnet.replace('/29', '/30') }],
    });
    const first = (await join4(name)).networks[0]?.addresses[0]?.address;
    const second = (await join4(name)).networks[0]?.addresses[0]?.address;
    const third = (await join4(name)).networks[0]?.addresses[0]?.address;
    expect(first).toMatch(/\.2$/);
    expect(second).toMatch(/\.3$/);
    expect(third).toBe(first);
  });

  test('a bridge keeps its address when containers come and go', async () => {
    const { name, interfaceName } = await one.instance.create(one.request(1));
    const address = () => readFileSync(`/sys/class/net/${interfaceName}/address`, 'utf8').trim();
    const ids = ['1', '2', '3', '4', '5', '6'].map((digit) => digit.repeat(64));
    const addresses: string[] = [];
    for (const containerId of ids) {
      const request = { containerId, containerName: containerId.slice(0, 1), attachments: [{ network: name }], ports: [] };
      await (await one.instance.join(request)).ready;
      addresses.push(address());
    }
    for (const containerId of ids.slice(0, -1)) {
      await one.instance.leave(containerId);
      addresses.push(address());
    }
    expect(new Set(addresses).size, addresses.join(' ')).toBe(1);
  });

  test('a file that is no network is named, and not overwritten', async () => {
    await one.instance.create(one.request(1));
    const path = join(one.directory, 'networks', 'broken.json');
    writeFileSync(path, '{');
    await expect(one.instance.networks()).rejects.toMatchObject({ kind: 'corrupt', path });
    await expect(one.instance.create(one.request(2))).rejects.toMatchObject({ kind: 'corrupt' });
    expect(existsSync(path)).toBe(true);
  });
});
