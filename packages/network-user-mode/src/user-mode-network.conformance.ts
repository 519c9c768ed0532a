import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { UserModeNetwork } from '@tspod/core';
import { describeDefects, type UserModeNetworkFixture, userModeNetworkChecks, userModeNetworkSuite } from '@tspod/testkit';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { findHelper } from './find-helper.ts';
import { createUserModeNetwork } from './index.ts';
import type { UserModeSettings } from './user-mode-settings.ts';

const containerId = 'c'.repeat(64);

/** Ids of processes, zombies not among them, whose command line names the namespace. */
function helpersOf(namespace: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(namespace);
    } catch {
      return false; // it ended meanwhile
    }
  });
}

async function eventuallyGone(namespace: string): Promise<void> {
  const deadline = performance.now() + 5_000;
  while (helpersOf(namespace).length > 0 && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  expect(helpersOf(namespace)).toEqual([]);
}

async function fixture(
  mode: UserModeNetworkFixture['mode'],
  breakIt: (network: UserModeNetwork) => Partial<UserModeNetwork> = () => ({}),
): Promise<UserModeNetworkFixture> {
  const recordDirectory = mkdtempSync('/var/tmp/tspod-user-mode-');
  const open = () => createUserModeNetwork({ recordDirectory, helperDirectories: ['/usr/lib/podman'] });
  const reopen = () => Object.assign(open(), breakIt(open()));
  return {
    instance: reopen(),
    reopen,
    mode,
    async cleanup() {
      for (const id of await open().sandboxes()) await open().leave(id);
      rmSync(recordDirectory, { recursive: true });
    },
  };
}

userModeNetworkSuite('slirp4netns', () => fixture('slirp4netns'));
userModeNetworkSuite('pasta', () => fixture('pasta'));

const defects: Readonly<Record<string, (network: UserModeNetwork) => Partial<UserModeNetwork>>> = {
  'makes a sandbox that another instance knows, until it leaves': () => ({ sandbox: async () => undefined }),
  'takes down what a sandbox of the same id had': (network) => ({
    join: (request) => network.join({ ...request, containerId: String(Math.random()).slice(2).padEnd(64, '0') }),
  }),
  'refuses ports that are taken and options that mean nothing, and leaves nothing': (network) => ({
    join: (request) => network.join({ ...request, ports: [] }),
  }),
};

describeDefects('the suite of user-mode networks', userModeNetworkChecks, defects, (defect) => fixture('pasta', defect));

describe.each(['slirp4netns', 'pasta'] as const)('%s', (mode) => {
  let directory: string;
  const open = (more: Partial<UserModeSettings> = {}): UserModeNetwork =>
    createUserModeNetwork({ recordDirectory: join(directory, 'records'), helperDirectories: ['/usr/lib/podman'], ...more });
  const request = { containerId, mode, options: [], ports: [] };

  beforeEach(() => {
    directory = mkdtempSync('/var/tmp/tspod-user-mode-');
  });
  afterEach(async () => {
    await open().leave(containerId);
    rmSync(directory, { recursive: true });
  });

  test('makes a sandbox that another instance knows and takes down, again and again', async () => {
    const { ready, sandbox, release } = await open().join(request);
    expect(await ready).toEqual(sandbox);
    expect(sandbox.networks).toMatchObject([{ network: mode, addresses: [{ address: expect.stringMatching(/^\d+\./) }] }]);
    expect(await open().sandbox(containerId)).toEqual(sandbox);
    expect(await open().sandboxes()).toEqual([containerId]);
    expect(helpersOf(sandbox.namespace)).toHaveLength(1);

    const second = await open().join(request);
    release();
    await eventuallyGone(sandbox.namespace);
    expect(existsSync(sandbox.namespace)).toBe(false);
    await open().leave(containerId);
    second.release();
    await open().leave(containerId);
    await eventuallyGone(second.sandbox.namespace);
    expect(existsSync(second.sandbox.namespace)).toBe(false);
    expect(await open().sandboxes()).toEqual([]);
    expect(readdirSync(join(directory, 'records'))).toEqual([]);
  });
});

test('slirp4netns ends with the last copy of its lifeline', async () => {
  const directory = mkdtempSync('/var/tmp/tspod-user-mode-');
  const network = createUserModeNetwork({ recordDirectory: directory, helperDirectories: [] });
  onTestFinished(async () => {
    await network.leave(containerId);
    rmSync(directory, { recursive: true });
  });
  const { keptDescriptors, release, sandbox } = await network.join({ containerId, mode: 'slirp4netns', options: [], ports: [] });
  expect(keptDescriptors).toHaveLength(1);
  release();
  await eventuallyGone(sandbox.namespace);
});

test('names the package of a helper that is missing', () => {
  expect(() => findHelper('nosuch-helper', ['/usr/lib/podman'], 'package-of-it')).toThrow(
    expect.objectContaining({ code: 'missing-helper', hint: 'install the package package-of-it' }),
  );
});

test('tells what programs there are', async () => {
  const programs = await createUserModeNetwork({ recordDirectory: '/nowhere', helperDirectories: [] }).programs();
  expect(programs.map(({ mode }) => mode)).toEqual(['slirp4netns', 'pasta']);
  expect(programs[0]).toMatchObject({ path: '/usr/bin/slirp4netns', version: expect.stringMatching(/^slirp4netns version \d/) });
  const without = { recordDirectory: '/nowhere', helperDirectories: [], slirp4netns: '/nowhere/slirp4netns' };
  expect((await createUserModeNetwork(without).programs()).map(({ mode }) => mode)).toEqual(['pasta']);
});
