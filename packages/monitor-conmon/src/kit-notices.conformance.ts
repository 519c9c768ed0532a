import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ContainerMonitor, NotFoundError } from '@tspod/core';
import { createLinuxHost } from '@tspod/linux';
import { createCrun } from '@tspod/oci-crun';
import { type BundleWorkshop, containerMonitorChecks, createBundleWorkshop, createMonitorHarness } from '@tspod/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createConmonMonitor } from './conmon-monitor.ts';

/** Ways to break a good monitor, by the name of a check that has to notice. */
const defects: Readonly<Record<string, (good: ContainerMonitor) => Partial<ContainerMonitor>>> = {
  'leaves nothing at work when it is abandoned, in the middle or afterwards': () => ({ abandon: async () => undefined }),
  'keeps stdout and stderr apart': (good) => ({
    attach: (paths, client) => good.attach(paths, { onOutput: (_, chunk) => client.onOutput('stdout', chunk) }),
  }),
  'passes any bytes in both directions, however many and however long the lines': (good) => ({
    attach: (paths, client) =>
      good.attach(paths, {
        onOutput: (stream, chunk) => client.onOutput(stream, Buffer.from(Buffer.from(chunk).toString('utf8'))),
      }),
  }),
  'loses no output of short containers': (good) => ({
    attach: async (paths, client) => {
      let last: (() => void) | undefined;
      const connection = await good.attach(paths, {
        onOutput(stream, chunk) {
          last?.();
          last = () => client.onOutput(stream, chunk);
          return undefined;
        },
      });
      return connection;
    },
  }),
  'goes on with output after a half-close': (good) => ({
    attach: async (paths, client) => {
      const connection = await good.attach(paths, client);
      return { ...connection, closeStdin: async () => connection.close() };
    },
  }),
  'waits for a slow client and loses nothing': (good) => ({
    attach: (paths, client) =>
      good.attach(paths, {
        onOutput(stream, chunk) {
          void client.onOutput(stream, chunk);
          return undefined;
        },
      }),
  }),
  'refuses to attach, or to resize, when there is no monitor': () => ({ resize: async () => undefined }),
  'gives a terminal, with the size that it was told before the start': () => ({ resize: async () => undefined }),
  'tells a running process the last of many sizes': (good) => {
    let isFirst = true;
    return {
      async resize(paths, size) {
        if (!isFirst) return;
        isFirst = false;
        await good.resize(paths, size);
      },
    };
  },
  'writes down how and when a process ended': (good) => ({
    waitExit: async (paths, options) => {
      const exit = await good.waitExit(paths, options);
      return exit && { ...exit, finishedAt: new Date(0).toISOString() };
    },
  }),
  'stops waiting when asked to': (good) => ({
    waitExit: (paths) => Promise.race([good.waitExit(paths), sleep(2_000, undefined)]),
  }),
  'tells that memory ran out': (good) => ({
    waitExit: async (paths, options) => {
      const exit = await good.waitExit(paths, options);
      return exit && { ...exit, oomKilled: false };
    },
  }),
  'runs the exit command once, with its arguments, after the exit status is written': (good) => ({
    create: (request) =>
      good.create({
        ...request,
        exitCommand: { ...request.exitCommand, arguments: request.exitCommand.arguments.filter(Boolean) },
      }),
  }),
  'does not wait for ever when the monitor was killed': (good) => ({
    waitExit: async (paths, options) => {
      for (;;) {
        options?.signal?.throwIfAborted();
        const exit = await good.exitStatus(paths);
        if (exit !== undefined || !existsSync(paths.bundleDir)) return exit;
        await sleep(20);
      }
    },
  }),
  'forgets an earlier run': () => ({ forget: async () => undefined }),
  "says why it can't create: a directory": (good) => ({
    create: (request) =>
      good.create(request).catch(() => Promise.reject(new NotFoundError('something failed', { code: 'failed' }))),
  }),
  'runs a session with its own streams and exit status': (good) => ({
    exec: async (request) => {
      const session = await good.exec(request);
      return { ...session, exit: session.exit.then((exit) => ({ ...exit, exitCode: 0 })) };
    },
  }),
  'keeps a log below its size, and none where none is wanted': (good) => ({
    create: (request) => good.create({ ...request, log: { ...request.log, driver: 'k8s-file' } }),
  }),
};

describe('the conformance kit for monitors', () => {
  let workshop: BundleWorkshop;
  beforeAll(() => {
    workshop = createBundleWorkshop();
  });
  afterAll(() => workshop.remove());

  it.each(Object.entries(defects))('notices who does not do this: %s', async (name, breakIt) => {
    const good = createConmonMonitor();
    const runtime = createCrun({ stateRoot: join(workshop.directory, 'crun') }, { host: createLinuxHost() });
    const harness = createMonitorHarness({ ...good, ...breakIt(good) }, runtime, workshop);
    const check = containerMonitorChecks.find((candidate) => candidate.name === name);
    try {
      await expect(check?.run(harness) ?? 'there is no such check').rejects.toThrow();
    } finally {
      await harness.cleanup(good);
    }
  });
});
