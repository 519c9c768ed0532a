import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { HealthScheduler } from '@tspod/core';
import type { RuntimeOptions } from './options.ts';

/** What has health checks done, timers of systemd where it runs or a supervisor, loaded when it is needed: mostly it is not. */
export function lazyHealth(temporaryDirectory: string, options: RuntimeOptions, environment: NodeJS.ProcessEnv): HealthScheduler {
  const directory = join(temporaryDirectory, 'health');
  const supervisor = async () => {
    const { healthSupervisor } = await import('./health-supervisor.ts');
    return healthSupervisor({ directory, options });
  };
  const hasSupervisor = () => existsSync(join(directory, 'supervisor.lock'));
  const usesTimers = environment.DISABLE_HC_SYSTEMD !== 'true' && existsSync('/run/systemd/system');
  const timers = async () => {
    const { healthTimers } = await import('./health-timers.ts');
    return healthTimers(options);
  };
  return {
    specVersion: 'v1',
    begin: async (id, interval) => (await (usesTimers ? timers() : supervisor())).begin(id, interval),
    // also what another process began that chose otherwise
    async end(id) {
      if (hasSupervisor()) await (await supervisor()).end(id);
      if (usesTimers) await (await timers()).end(id);
    },
    async recover() {
      if (hasSupervisor()) await (await supervisor()).recover();
    },
  };
}
