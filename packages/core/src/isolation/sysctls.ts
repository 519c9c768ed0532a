import type { ContainerConfig } from '../container/config.ts';
import { InvalidArgumentError } from '../errors.ts';

const allowed = new Set(
  ['msgmax', 'msgmnb', 'msgmni', 'sem', 'shmall', 'shmmax', 'shmmni', 'shm_rmid_forced'].map((name) => `kernel.${name}`),
);
const allowedPrefixes = ['net.', 'fs.mqueue.'];

/**
 * `KEY=VALUE` each, for parameters that belong to a namespace.
 * @throws {InvalidArgumentError} `invalid-sysctl`
 */
export function parseSysctls(values: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    values.map((text) => {
      const at = text.indexOf('=');
      if (at === -1) throw invalid(`${text} is invalid, sysctl values must be in the form of KEY=VALUE`);
      return [text.slice(0, at), text.slice(at + 1)];
    }),
  );
}

/**
 * Refuses parameters that are not the container's: those of the whole machine, and those of a namespace that it shares with the host.
 * @throws {InvalidArgumentError} `invalid-sysctl`
 */
export function checkSysctls(
  sysctls: Readonly<Record<string, string>>,
  { network, namespaces }: Pick<ContainerConfig, 'network' | 'namespaces'>,
): void {
  for (const [key, value] of Object.entries(sysctls)) {
    if (!allowed.has(key) && !allowedPrefixes.some((prefix) => key.startsWith(prefix))) {
      throw invalid(
        `sysctl '${key}' is not allowed`,
        'only kernel.msg*, kernel.sem, kernel.shm*, fs.mqueue.* and net.* belong to a container',
      );
    }
    const shared = key.startsWith('net.')
      ? network === 'host' && 'Network'
      : key.startsWith('fs.mqueue.') && namespaces?.ipc === 'host' && 'IPC';
    if (shared) throw invalid(`sysctl ${key}=${value} can't be set since ${shared} Namespace set to host: invalid argument`);
  }
}

function invalid(message: string, hint?: string): InvalidArgumentError {
  return new InvalidArgumentError(message, { code: 'invalid-sysctl', hint });
}
