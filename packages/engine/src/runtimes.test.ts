import { type EngineConfiguration, loadConfiguration } from '@tspod/config';
import type { Host } from '@tspod/core';
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

  test('a wish is the only candidate, by name or path; others can still be named', () => {
    const byName = composeRuntimes(configuration, 'runc', settings, host);
    expect(byName.candidates.map(({ name }) => name)).toEqual(['runc']);
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

  test('an unknown name is refused with the known ones', () => {
    expect(() => composeRuntimes(configuration, 'nosuch', settings, host)).toThrowError(
      expect.objectContaining({ code: 'no-usable-backend', hint: expect.stringContaining('crun') }),
    );
  });
});
