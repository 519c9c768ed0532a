import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Runtime } from '@tspod/core';
import { type HealthSchedulerFixture, healthSchedulerSuite, processesOf } from '@tspod/testkit';
import { describe } from 'vitest';
import { createRuntime } from './create-runtime.ts';
import { lazyHealth } from './lazy-health.ts';
import { storePlaces } from './places.ts';

/** The supervisor starts Node with the sources, which Node 22 can't run: it has no `await using`. */
const runsSources = Number.parseInt(process.versions.node, 10) >= 24;
if (!runsSources) console.log('skipping the supervisor of health checks: it needs Node 24, which runs the sources');

const interval = 400;

/** Timers of systemd are tried in the guest of e2e/cgroup2. */
const environment = { DISABLE_HC_SYSTEMD: 'true' };
Object.assign(process.env, environment);

async function fixture(): Promise<HealthSchedulerFixture> {
  process.execArgv = ['--conditions=tspod-source'];
  const directory = mkdtempSync('/var/tmp/tspod-health-');
  const path = (name: string) => join(directory, name);
  const options = { root: path('graph'), runRoot: path('run'), storageDriver: 'dir' };
  const runtime: Runtime = await createRuntime(options);
  const { temporaryDirectory } = storePlaces(options.root, options.runRoot, undefined);
  const workers = () => processesOf(join(temporaryDirectory, 'health'));
  return {
    open: () => lazyHealth(temporaryDirectory, options, environment),
    async start() {
      const root = mkdtempSync(path('root-'));
      mkdirSync(join(root, 'bin'));
      for (const name of ['busybox', 'sh', 'sleep', 'echo']) copyFileSync('/bin/busybox', join(root, 'bin', name));
      const container = await runtime.createContainer({
        rootfs: { directory: root },
        command: ['sleep', '600'],
        network: 'none',
        labels: { root },
        healthCheck: { test: ['CMD', 'sh', '-c', 'echo >>/checks'], interval },
      });
      await container.start();
      return container.id;
    },
    stop: async (id) => void (await (await runtime.container(id)).stop({ timeout: 0 })),
    interval,
    async checks(id) {
      const { labels } = await (await runtime.container(id)).config();
      const file = join(labels.root ?? '', 'checks');
      return existsSync(file) ? readFileSync(file, 'utf8').length : 0;
    },
    workers: () => workers().length,
    async killWorkers() {
      for (const pid of workers()) process.kill(pid, 'SIGKILL');
    },
    async cleanup() {
      for (const { id } of await runtime.listContainers())
        await (await runtime.container(id)).remove({ force: true, timeout: 0 });
      await runtime.shutdown();
      // also the exit commands of checks
      for (let attempts = 0; processesOf(directory).length > 0 && attempts < 500; attempts++) await sleep(20);
      if (processesOf(directory).length > 0) throw new Error('something goes on without containers');
      rmSync(directory, { recursive: true });
    },
  };
}

describe.runIf(runsSources)('health checks', () => healthSchedulerSuite('the supervisor', fixture));
