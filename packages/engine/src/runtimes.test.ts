import { type EngineConfiguration, loadConfiguration } from '@tspod/config';
import type { Backend, Host, OciRuntime } from '@tspod/core';
import { describe, expect, test } from 'vitest';
import { composeRuntimes } from './runtimes.ts';

const configuration: EngineConfiguration = loadConfiguration({ env: {} }).engine;
const settings = { systemdCgroup: false, extraArguments: [] };
const host = { facts: async () => ({ hybridControllers: [] }) } as unknown as Host;

describe('composeRuntimes', () => {
  test('without a wish crun is tried first, then runc', () => {
    expect(composeRuntimes(configuration, undefined, settings, host).candidates.map(({ name }) => name)).toEqual([
      'crun',
      'runc',
    ]);
  });

  test('a wish is what new containers use, by name or path; the others are still known', () => {
    const byName = composeRuntimes(configuration, 'runc', settings, host);
    expect(byName.wanted).toBe('runc');
    expect(byName.candidates.map(({ name }) => name)).toEqual(['crun', 'runc']);
    expect(byName.named('crun')?.name).toBe('crun');
    expect(byName.named('nosuch')).toBeUndefined();
    expect(composeRuntimes(configuration, '/opt/bin/crun', settings, host).candidates[0]).toMatchObject({
      name: '/opt/bin/crun',
      path: '/opt/bin/crun',
    });
  });

  test('a runtime without a package of ours is driven by its command line', () => {
    const youki = { ...configuration, runtimes: { ...configuration.runtimes, youki: ['/opt/youki'] } };
    expect(composeRuntimes(youki, 'youki', settings, host).candidates[0]).toMatchObject({ name: 'youki', path: '/opt/youki' });
  });

  test('a runtime of another package comes last, gets the configured paths, and is preferred to its bare executable', () => {
    const made: unknown[] = [];
    const backend: Backend<'runtime'> = {
      specVersion: 'v1',
      role: 'runtime',
      name: 'runsc',
      create: (given) => {
        made.push(given);
        return { name: 'runsc', path: '/opt/runsc' } as OciRuntime;
      },
    };
    const runsc = { ...configuration, runtimes: { ...configuration.runtimes, runsc: ['/opt/runsc'] } };
    const { candidates, named } = composeRuntimes(runsc, undefined, settings, host, [backend]);
    expect(candidates.map(({ name }) => name)).toEqual(['crun', 'runc', 'runsc']);
    expect(named('runsc')).toBe(candidates[2]);
    expect(made).toEqual([{ ...settings, paths: ['/opt/runsc'] }]);
  });

  test('an unknown name is refused with the known ones', () => {
    expect(() => composeRuntimes(configuration, 'nosuch', settings, host)).toThrowError(
      expect.objectContaining({ code: 'no-usable-backend', hint: expect.stringContaining('crun') }),
    );
  });
});
