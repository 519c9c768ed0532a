import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type HealthScheduler, randomBytes, UnavailableError } from '@tspod/core';
import { flagsOf } from './exit-command.ts';
import { helperEnvironment } from './helper-environment.ts';
import type { RuntimeOptions } from './options.ts';
import { sparing } from './sparing.ts';

/**
 * Health checks by timers of systemd: each run of a container has a transient one, which starts a process for each check. A run has a name
 * of its own, because a check may end one run and begin the next.
 */
export function healthTimers(options: RuntimeOptions): HealthScheduler {
  const script = fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? './health.ts' : './health.js', import.meta.url));

  async function end(containerId: string): Promise<void> {
    // not the service: it may be what calls here
    await run('systemctl', ['stop', '--quiet', `${containerId}-*.timer`]);
  }

  return {
    specVersion: 'v1',

    async begin(containerId, interval) {
      await end(containerId); // it may have been begun before
      const environment = Object.entries(helperEnvironment(process.env, []));
      await run('systemd-run', [
        `--unit=${containerId}-${randomBytes(4).toString('hex')}`,
        `--description=Health check of container ${containerId}`,
        '--quiet',
        '--collect',
        '--on-active=0',
        `--on-unit-inactive=${interval}ms`,
        '--timer-property=AccuracySec=1s',
        // what a check starts, a restarted container's monitor say, outlives it
        '--property=KillMode=process',
        ...environment.map(([name, value]) => `--setenv=${name}=${value}`),
        process.execPath,
        ...sparing,
        ...process.execArgv,
        script,
        ...flagsOf(options),
        `--container=${containerId}`,
      ]);
    },

    end,

    async recover() {}, // systemd does
  };
}

async function run(program: string, args: readonly string[]): Promise<void> {
  const failure = await new Promise<string | undefined>((resolve) => {
    execFile(program, args, (error, _stdout, stderr) => resolve(error === null ? undefined : stderr.trim() || error.message));
  });
  if (failure === undefined) return;
  throw new UnavailableError(`${program}: ${failure}`, {
    code: 'no-systemd',
    hint: 'set DISABLE_HC_SYSTEMD=true to have health checks done without systemd',
  });
}
