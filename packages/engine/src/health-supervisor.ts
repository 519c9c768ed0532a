import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type HealthScheduler, UnavailableError } from '@tspod/core';
import { createLinuxLocker, keepDescriptorsFromPrograms } from '@tspod/linux';
import { flagsOf } from './exit-command.ts';
import { helperEnvironment } from './helper-environment.ts';
import type { RuntimeOptions } from './options.ts';
import { sparing } from './sparing.ts';

/**
 * The supervisor is a shell of about a megabyte that sleeps until the next check is due; then Node does the checks, and ends when the next
 * one is some seconds away. It holds the lock, whose file has its pid and is there from its begin to its orderly end: a file without
 * a holder is a supervisor that was killed.
 *
 * SIGUSR1 says that containers were started or stopped. It is never lost: whoever sends it looks afterwards whether the lock's file is still
 * there, and the supervisor takes the file away before it looks the last time whether it was woken.
 */
const supervisor = `lock=$1 answer=$2 script=$3
shift 3
child= asleep= woken=
wake() {
  woken=1
  [ -n "$child" ] || return 0
  if [ -n "$asleep" ]; then kill "$child" 2>/dev/null; else kill -WINCH "$child" 2>/dev/null; fi
}
trap wake USR1
trap '[ -z "$asleep" ] || kill "$child" 2>/dev/null; exit 0' HUP INT TERM
deathsig=
command -v setpriv >/dev/null && setpriv --pdeathsig KILL true 2>/dev/null && deathsig='setpriv --pdeathsig KILL'
failures=0
hold() {
  while :; do
    exec 9<>"$lock" || exit 1
    flock -w 1 9 || exit 0
    [ "$lock" -ef /proc/self/fd/9 ] && break
  done
  echo $$ >"$lock"
}
hold
while :; do
  woken= asleep= child=
  rm -f "$answer"
  "$@" 9>&- &
  child=$!
  code=129
  while [ $code -gt 128 ] && kill -0 "$child" 2>/dev/null; do wait "$child"; code=$?; done
  child=
  delay=
  [ $code = 0 ] && [ -e "$answer" ] && read -r delay <"$answer"
  if [ "$delay" = none ]; then
    [ -z "$woken" ] || continue
    rm -f "$answer" "$lock"
    [ -z "$woken" ] && exit 0
    hold
    continue
  fi
  if [ -n "$delay" ]; then
    failures=0
  else
    failures=$((failures + 1))
    [ $failures -lt 30 ] || exit 1
    delay=$failures
  fi
  asleep=1
  [ -n "$woken" ] || {
    $deathsig sleep "$delay" 9>&- &
    child=$!
    [ -n "$woken" ] || wait "$child"
    kill "$child" 2>/dev/null
    wait "$child"
  }
done`;

export interface HealthSupervisorSettings {
  /** On tmpfs, of this store alone. */
  readonly directory: string;
  /** Of the runtime that does the checks. */
  readonly options: RuntimeOptions;
}

/** Milliseconds that a supervisor which holds the lock gets to write its pid. */
const pidPatience = 2_000;

export function healthSupervisor({ directory, options }: HealthSupervisorSettings): HealthScheduler {
  const locker = createLinuxLocker({ directory });
  const name = 'supervisor';
  const path = locker.pathOf(name);

  /** Starts one if there is none. Two that are started at once settle it by the lock. Answers whether it did. */
  async function startUnlessThere(): Promise<boolean> {
    const lock = await locker.tryAcquire(name);
    if (lock === undefined) return false;
    await lock.release();
    await launch();
    return true;
  }

  async function launch(): Promise<void> {
    const script = fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? './health.ts' : './health.js', import.meta.url));
    const answer = join(directory, 'next');
    const node = [process.execPath, ...sparing, ...process.execArgv, script, ...flagsOf(options), `--answer=${answer}`];
    keepDescriptorsFromPrograms();
    const child = spawn('/bin/sh', ['-c', supervisor, 'tspod-health', path, answer, script, ...node], {
      cwd: '/',
      detached: true,
      stdio: 'ignore',
      env: helperEnvironment(process.env, []),
    });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', (cause) =>
        reject(
          new UnavailableError(`the supervisor of health checks can't be started: ${cause.message}`, {
            code: 'cannot-run',
            hint: 'check that /bin/sh and flock (util-linux) are there',
            cause,
          }),
        ),
      );
    });
    child.unref();
  }

  /** Answers whether a supervisor is there that will look at the store after this moment. */
  async function wake(): Promise<boolean> {
    const deadline = performance.now() + pidPatience;
    for (;;) {
      if (!existsSync(path)) return false;
      const pid = supervisorPid(path);
      if (pid !== undefined && send(pid)) return existsSync(path);
      // it has just taken the lock, and looks at the store after it has written its pid
      const lock = await locker.tryAcquire(name);
      if (lock !== undefined) {
        await lock.release();
        return false;
      }
      if (performance.now() > deadline) return false;
      await sleep(5);
    }
  }

  return {
    specVersion: 'v1',

    async begin() {
      mkdirSync(directory, { recursive: true, mode: 0o700 });
      while (!(await startUnlessThere()) && !(await wake()));
    },

    async end() {
      if (existsSync(path)) await wake();
    },

    async recover() {
      if (existsSync(path)) await startUnlessThere();
    },
  };
}

/** The pid in the lock's file, if that process is a supervisor with this lock: the file may still name one that was killed. */
function supervisorPid(path: string): number | undefined {
  try {
    const pid = Number(readFileSync(path, 'utf8'));
    if (!Number.isSafeInteger(pid) || pid <= 0) return undefined;
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(path) ? pid : undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ESRCH') return undefined;
    throw error;
  }
}

function send(pid: number): boolean {
  try {
    process.kill(pid, 'SIGUSR1');
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}
