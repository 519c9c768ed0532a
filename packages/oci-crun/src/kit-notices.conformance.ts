import { join } from 'node:path';
import type { OciRuntime } from '@tspod/core';
import { createLinuxHost } from '@tspod/linux';
import { type BundleWorkshop, createBundleWorkshop, createOciRuntimeFixture, ociRuntimeChecks } from '@tspod/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCrun } from './create-crun.ts';

const nothing = async () => undefined;

/** Ways to break a good runtime, by the name of a check that has to notice. */
const defects: Readonly<Record<string, (good: OciRuntime) => Partial<OciRuntime>>> = {
  'says what it is': () => ({ version: async () => ({ version: 'new', text: 'crun new\n' }) }),
  'knows nothing of a container that is not there': () => ({ pause: nothing }),
  'refuses an id that is none': () => ({ delete: nothing }),
  'leads a container through its life': (good) => ({ state: async (id) => ({ ...(await good.state(id)), pid: 1 }) }),
  'keeps what it does not start waiting': (good) => ({ state: async (id) => ({ ...(await good.state(id)), status: 'running' }) }),
  'sends signals by their number, to the first process': (good) => ({ kill: (id) => good.kill(id, 9) }),
  'sends signals to every process': (good) => ({ kill: (id, signal) => good.kill(id, signal) }),
  'deletes what is created, running or paused, with its processes': () => ({ delete: nothing }),
  'pauses and resumes': () => ({ pause: nothing }),
  'changes limits of a container that is created, running or paused, and leaves the others as they are': (good) => ({
    update: (id, resources) => good.update(id, { pids: { limit: 40 }, ...resources }),
  }),
  'ends a paused container with SIGKILL when it is resumed': () => ({ resume: nothing }),
  'says in its own words why it failed': (good) => ({ start: (id) => good.start(id).catch(() => undefined) }),
  'gives the monitor a command line whose log has the reason of a failure': (good) => ({
    commandLine: (options) => ({
      ...good.commandLine(options),
      globalArguments: good.commandLine(options).globalArguments.slice(1),
    }),
  }),
  'runs one more process with the arguments that it gives the monitor': (good) => ({
    commandLine: (options) => ({
      ...good.commandLine(options),
      globalArguments: [...good.commandLine(options).globalArguments, '--version'],
    }),
  }),
};

describe('the conformance kit for runtimes', () => {
  let workshop: BundleWorkshop;
  beforeAll(() => {
    workshop = createBundleWorkshop();
  });
  afterAll(() => workshop.remove());

  it.each(Object.entries(defects))('notices who does not do this: %s', async (name, breakIt) => {
    const good = createCrun({ stateRoot: join(workshop.directory, 'crun') }, { host: createLinuxHost() });
    const fixture = createOciRuntimeFixture({ ...good, ...breakIt(good) }, workshop);
    const check = ociRuntimeChecks.find((candidate) => candidate.name === name);
    try {
      await expect(check?.run(fixture) ?? 'there is no such check').rejects.toThrow();
    } finally {
      await fixture.cleanup(good);
    }
  });
});
