import { NotFoundError, randomBytes, type SystemdScope, UnavailableError } from '@tspod/core';

const manager = ['org.freedesktop.systemd1', '/org/freedesktop/systemd1', 'org.freedesktop.systemd1.Manager'] as const;

/** The call of systemd's `StartTransientUnit` (org.freedesktop.systemd1(5)), as busctl(1) wants it. */
export function scopeCall({ name, slice }: SystemdScope, pid: number): readonly string[] {
  const properties = ['PIDs', 'au', '1', String(pid), 'Slice', 's', slice, 'DefaultDependencies', 'b', 'false'];
  return ['--system', 'call', ...manager, 'StartTransientUnit', 'ssa(sv)a(sa(sv))', name, 'fail', '3', ...properties, '0'];
}

/**
 * Has systemd make a scope around a process; one with more to its name, if there is one of that name. Asks through busctl, which is part of
 * systemd.
 */
export async function placeInScope(scope: SystemdScope, pid: number): Promise<void> {
  const { execFile } = await import('node:child_process'); // only where systemd runs
  const failure = await new Promise<string | undefined>((resolve) => {
    execFile('busctl', scopeCall(scope, pid), (error, _stdout, stderr) => {
      resolve(error === null ? undefined : stderr.trim() || error.message);
    });
  });
  if (failure === undefined) return;
  if (/process.*(does not exist|not found)|no such process/i.test(failure)) {
    throw new NotFoundError(`the process ${pid} for the scope ${scope.name} is gone`, { code: 'no-such-process' });
  }
  if (/already (loaded|exists)/i.test(failure)) {
    // that of the run before, whose monitor is about to end
    const suffix = `-${randomBytes(4).toString('hex')}.scope`;
    return placeInScope({ ...scope, name: scope.name.replace(/\.scope$/, suffix) }, pid);
  }
  throw new UnavailableError(`systemd did not make the scope ${scope.name} in ${scope.slice}: ${failure}`, {
    code: 'no-systemd',
    hint: 'use --cgroup-manager cgroupfs where systemd does not run',
  });
}
