import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Network, NetworkRequest, SandboxRequest } from '@tspod/core';
import type { Check } from './check.ts';
import { assertRefuses } from './refusal.ts';

/** A backend without networks but the default one, and without sandboxes. `reopen` answers another instance on the same data, as another process would have. */
export interface NetworkFixture {
  readonly instance: Network;
  reopen(): Network;
  /** What makes a network that collides with none of this machine's; a different one for each number. Names begin with a letter. */
  request(number: number): NetworkRequest & { readonly name: string };
  cleanup(): Promise<void>;
}

const first = 'a'.repeat(64);
const second = 'b'.repeat(64);

function sandbox(containerId: string, networks: readonly string[], more: Partial<SandboxRequest> = {}): SandboxRequest {
  return {
    containerId,
    containerName: `container-${containerId.slice(0, 4)}`,
    attachments: networks.map((network) => ({ network })),
    ports: [],
    ...more,
  };
}

async function joined(network: Network, request: SandboxRequest) {
  const { ready, release } = await network.join(request);
  const made = await ready;
  release();
  return made;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const publish = (hostPort: number) => ({ hostAddress: '', hostPort, containerPort: 80, range: 1, protocol: 'tcp' }) as const;

export const networkChecks: readonly Check<NetworkFixture>[] = [
  {
    name: 'has a default network from the beginning, which stays',
    async run({ instance }) {
      const { defaultNetwork } = instance;
      assert.deepEqual(
        (await instance.networks()).map(({ name }) => name),
        [defaultNetwork],
      );
      await assertRefuses(instance.remove(defaultNetwork), 'invalid-argument', 'default-network', defaultNetwork);
      assert.equal((await instance.lookup(defaultNetwork)).name, defaultNetwork);
    },
  },
  {
    name: 'keeps what it made, also for another instance, until it is removed',
    async run({ instance, reopen, request }) {
      const wanted = { ...request(1), labels: { one: '1' }, internal: true };
      const made = await instance.create(wanted);
      assert.match(made.id, /^[0-9a-f]{64}$/);
      assert.deepEqual([made.name, made.labels, made.internal, made.dns], [wanted.name, wanted.labels, true, true]);
      for (const name of [wanted.name, made.id, made.id.slice(0, 20)]) assert.deepEqual(await reopen().lookup(name), made);
      const names = (await reopen().networks()).map(({ name }) => name);
      assert.deepEqual(names, [wanted.name, instance.defaultNetwork].sort());
      await reopen().remove(wanted.name);
      await instance.remove(wanted.name);
      await assertRefuses(instance.lookup(wanted.name), 'not-found', 'no-such-network', wanted.name);
    },
  },
  {
    name: 'chooses what a request leaves open',
    async run({ instance, request }) {
      const { subnets: _, ...open } = request(1);
      const made = await instance.create(open);
      const [subnet] = made.subnets;
      assert.match(subnet?.subnet ?? '', /^\d+\.\d+\.\d+\.\d+\/\d+$/);
      assert.match(subnet?.gateway ?? '', /^\d+\.\d+\.\d+\.\d+$/);
      const { subnets: __, ...other } = request(2);
      const next = await instance.create(other);
      assert.notDeepEqual(next.subnets, made.subnets);
      assert.notEqual(next.interfaceName, made.interfaceName);
    },
  },
  {
    name: 'refuses what collides or means nothing, and makes nothing',
    async run({ instance, request }) {
      const made = await instance.create(request(1));
      const { subnets, ...named } = request(2);
      await assertRefuses(instance.create({ ...request(2), name: made.name }), 'already-exists', 'network-exists', made.name);
      await assertRefuses(instance.create({ ...named, subnets: request(1).subnets }), 'already-exists', 'subnet-in-use');
      await assertRefuses(instance.create({ ...request(2), name: 'a/b' }), 'invalid-argument', 'invalid-name', 'a/b');
      const strange = [{ subnet: subnets?.[0]?.subnet ?? '', gateway: '192.0.2.1' }];
      await assertRefuses(instance.create({ ...named, subnets: strange }), 'invalid-argument', 'invalid-network', '192.0.2.1');
      await assertRefuses(instance.create({ ...named, driver: 'nosuch' }), 'not-supported', 'network-driver', 'nosuch');
      assert.equal((await instance.networks()).length, 2);
    },
  },
  {
    name: 'gives a sandbox a namespace and an interface in each network, until it leaves',
    async run({ instance, reopen, request }) {
      const names = [(await instance.create(request(1))).name, (await instance.create(request(2))).name];
      const { sandbox: expected, ready, release } = await instance.join(sandbox(first, names));
      const made = await ready;
      release();
      assert.ok(existsSync(made.namespace));
      assert.deepEqual(
        made.networks.map(({ network, interfaceName }) => [network, interfaceName]),
        names.map((name, index) => [name, `eth${index}`]),
      );
      for (const { macAddress, addresses } of made.networks) {
        assert.match(macAddress ?? '', /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/);
        assert.equal(addresses.length, 1);
      }
      const foretold = (list: typeof made.networks) => list.map(({ addresses, dnsServers }) => ({ addresses, dnsServers }));
      assert.deepEqual(foretold(expected.networks), foretold(made.networks));
      assert.deepEqual(await reopen().sandbox(first), made);
      assert.deepEqual(await reopen().sandboxes(), [first]);
      await reopen().leave(first);
      await instance.leave(first);
      assert.ok(!existsSync(made.namespace));
      assert.equal(await instance.sandbox(first), undefined);
      assert.deepEqual(await instance.sandboxes(), []);
    },
  },
  {
    name: 'gives every address once, and again when it is free',
    async run({ instance, reopen, request }) {
      const { name } = await instance.create(request(1));
      const one = (await joined(instance, sandbox(first, [name]))).networks[0]?.addresses[0]?.address ?? '';
      const two = (await joined(reopen(), sandbox(second, [name]))).networks[0]?.addresses[0]?.address ?? '';
      assert.notEqual(one, two);
      await instance.leave(second);
      const wanting = (address: string) =>
        sandbox(second, [], { attachments: [{ network: name, addresses: [address], macAddress: '02:00:00:00:00:07' }] });
      await assertRefuses(joined(instance, wanting(one)), 'in-use', 'address-in-use', one);
      await assertRefuses(joined(instance, wanting('192.0.2.77')), 'invalid-argument', 'invalid-address', '192.0.2.77');
      assert.deepEqual(await instance.sandboxes(), [first]);
      await instance.leave(first);
      const [network] = (await joined(instance, wanting(one))).networks;
      assert.deepEqual([network?.addresses[0]?.address, network?.macAddress], [one, '02:00:00:00:00:07']);
      await instance.leave(second);
    },
  },
  {
    name: 'refuses a host port that is taken, leaving the other container as it is and nothing of the new one',
    async run({ instance, reopen, request }) {
      const { name } = await instance.create(request(1));
      const port = await freePort();
      const one = await instance.join(sandbox(first, [name], { ports: [publish(port)] }));
      const before = await one.ready;
      assert.ok(one.keptDescriptors.length > 0);
      await assertRefuses(
        reopen().join(sandbox(second, [name], { ports: [publish(port)] })),
        'in-use',
        'port-in-use',
        String(port),
      );
      assert.deepEqual(await reopen().sandboxes(), [first]);
      assert.deepEqual(await reopen().sandbox(first), before);
      one.release();
      await instance.leave(first);
      await joined(instance, sandbox(second, [name], { ports: [publish(port)] }));
      await instance.leave(second);
    },
  },
  {
    name: 'leaves nothing of a sandbox whose network is not there',
    async run({ instance, request }) {
      const { name } = await instance.create(request(1));
      const port = await freePort();
      const request2 = sandbox(first, [name, 'nosuchnetwork'], { ports: [publish(port)] });
      await assertRefuses(instance.join(request2), 'not-found', 'no-such-network', 'nosuchnetwork');
      assert.deepEqual(await instance.sandboxes(), []);
      const server = createServer();
      await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '0.0.0.0', resolve));
      await new Promise((resolve) => server.close(resolve));
    },
  },
  {
    name: 'connects a sandbox to more networks and disconnects it',
    async run({ instance, reopen, request }) {
      const [one, two] = [(await instance.create(request(1))).name, (await instance.create(request(2))).name];
      await assertRefuses(instance.connect(first, { network: two }), 'not-found', 'no-such-sandbox');
      await joined(instance, sandbox(first, [one]));
      const connected = await reopen().connect(first, { network: two, aliases: ['more'] });
      assert.deepEqual(
        connected.networks.map(({ network, interfaceName }) => [network, interfaceName]),
        [
          [one, 'eth0'],
          [two, 'eth1'],
        ],
      );
      assert.ok(connected.networks[1]?.aliases.includes('more'));
      await assertRefuses(instance.connect(first, { network: two }), 'already-exists', 'already-connected', two);
      const rest = await instance.disconnect(first, one);
      assert.deepEqual(
        rest.networks.map(({ network }) => network),
        [two],
      );
      assert.deepEqual(await instance.disconnect(first, one), rest);
      assert.deepEqual(await reopen().sandbox(first), rest);
      await instance.leave(first);
    },
  },
  {
    name: 'keeps addresses when it makes everything anew',
    async run({ instance, request }) {
      const { name } = await instance.create(request(1));
      const before = await joined(instance, sandbox(first, [name]));
      const after = await instance.reload(first);
      assert.deepEqual(after.networks[0]?.addresses, before.networks[0]?.addresses);
      assert.equal(after.namespace, before.namespace);
      await assertRefuses(instance.reload(second), 'not-found', 'no-such-sandbox');
      await instance.leave(first);
    },
  },
  {
    name: 'replaces a sandbox of the same container',
    async run({ instance, reopen, request }) {
      const { name } = await instance.create(request(1));
      const before = await joined(instance, sandbox(first, [name]));
      const after = await joined(reopen(), sandbox(first, [name]));
      assert.notEqual(after.namespace, before.namespace);
      assert.ok(!existsSync(before.namespace));
      assert.deepEqual(await instance.sandboxes(), [first]);
      await instance.leave(first);
    },
  },
];
