import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import type { PortMapping, UserModeNetwork, UserModeRequest } from '@tspod/core';
import type { Check } from './check.ts';
import { assertRefuses } from './refusal.ts';
import { until } from './waiting.ts';

/** A backend without sandboxes. `reopen` answers another instance on the same data, as another process would have. */
export interface UserModeNetworkFixture {
  readonly instance: UserModeNetwork;
  reopen(): UserModeNetwork;
  readonly mode: UserModeRequest['mode'];
  cleanup(): Promise<void>;
}

const containerId = 'c'.repeat(64);

function request({ mode }: UserModeNetworkFixture, more: Partial<UserModeRequest> = {}): UserModeRequest {
  return { containerId, mode, options: [], ports: [], ...more };
}

/** Waits until nothing is left of a namespace. */
const isGone = (namespace: string) => until(() => !existsSync(namespace), `${namespace} is gone`);

export const userModeNetworkChecks: readonly Check<UserModeNetworkFixture>[] = [
  {
    name: 'makes a sandbox that another instance knows, until it leaves',
    async run(fixture) {
      const { instance, reopen, mode } = fixture;
      const { ready, sandbox, release } = await instance.join(request(fixture));
      assert.deepEqual(await ready, sandbox);
      release();
      assert.ok(existsSync(sandbox.namespace));
      assert.deepEqual(
        sandbox.networks.map(({ network }) => network),
        [mode],
      );
      assert.match(sandbox.networks[0]?.addresses[0]?.address ?? '', /^\d+\.\d+\.\d+\.\d+$/);
      assert.deepEqual(await reopen().sandbox(containerId), sandbox);
      assert.deepEqual(await reopen().sandboxes(), [containerId]);
      for (let times = 0; times < 2; times++) await reopen().leave(containerId);
      await isGone(sandbox.namespace);
      assert.deepEqual([await instance.sandbox(containerId), await instance.sandboxes()], [undefined, []]);
    },
  },
  {
    name: 'takes down what a sandbox of the same id had',
    async run(fixture) {
      const { instance } = fixture;
      const first = await instance.join(request(fixture));
      await first.ready;
      first.release();
      const second = await instance.join(request(fixture));
      await second.ready;
      second.release();
      await isGone(first.sandbox.namespace);
      assert.ok(existsSync(second.sandbox.namespace));
      await instance.leave(containerId);
      await isGone(second.sandbox.namespace);
    },
  },
  {
    name: 'refuses ports that are taken and options that mean nothing, and leaves nothing',
    async run(fixture) {
      const { instance } = fixture;
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve));
      const { port } = server.address() as { port: number };
      const published: PortMapping = { hostAddress: '', hostPort: port, containerPort: 80, range: 1, protocol: 'tcp' };
      try {
        await assertRefuses(instance.join(request(fixture, { ports: [published] })), 'in-use', 'port-in-use', String(port));
        const impossible = request(fixture, { ports: [{ ...published, protocol: 'sctp' }] });
        await assertRefuses(instance.join(impossible), 'invalid-argument', 'invalid-network-option', 'sctp');
        await assert.rejects(instance.join(request(fixture, { options: ['--nonsense'] })).then(({ ready }) => ready));
      } finally {
        server.close();
      }
      assert.deepEqual(await instance.sandboxes(), []);
    },
  },
];
