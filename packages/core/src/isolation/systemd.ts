import { basename } from 'node:path';
import type { ContainerConfig, UserMount } from '../container/config.ts';
import { InvalidArgumentError } from '../errors.ts';
import type { Mount, Spec } from '../oci/spec.ts';
import { tmpfs as tmpfsMount } from '../spec/mounts.ts';
import type { SystemdMode } from './options.ts';

/** SIGRTMIN+3: asks systemd to halt. */
export const haltSignal = 37;

const inits = ['/sbin/init', '/usr/sbin/init', '/usr/local/sbin/init'];

/** @throws {InvalidArgumentError} `invalid-option` */
export function parseSystemdMode(text: string): SystemdMode {
  const word = text.toLowerCase();
  if (word === 'true' || word === 'false' || word === 'always') return word;
  throw new InvalidArgumentError(
    'invalid config provided: --systemd values must be one of "true, false, always": invalid configuration',
    { code: 'invalid-option' },
  );
}

/** Whether the command is to find what systemd needs. */
export function runsSystemd(mode: SystemdMode, [program = '']: readonly string[]): boolean {
  if (mode !== 'true') return mode === 'always';
  return inits.includes(program) || basename(program) === 'systemd';
}

/**
 * What systemd(1) needs as the first process: memory-backed /run, /run/lock, /tmp and journal, cgroups that it may change, and an id of
 * the machine. The user's own mounts stay.
 */
export function withSystemd(spec: Spec, config: Pick<ContainerConfig, 'id' | 'userMounts'>, cgroupVersion: 1 | 2): Spec {
  const taken = new Set(config.userMounts.map(({ destination }: UserMount) => destination));
  const own = (spec.mounts ?? []).filter(({ destination }) => taken.has(destination) || !volatilePaths.includes(destination));
  const volatile = volatilePaths.filter((path) => !taken.has(path)).map((path) => tmpfsMount(path, []));
  const cgroups = cgroupMounts(cgroupVersion);
  return {
    ...spec,
    mounts: [
      ...own.filter(({ destination }) => cgroups.every((mount) => mount.destination !== destination)),
      ...volatile,
      ...cgroups,
    ],
    ...(spec.process && {
      process: { ...spec.process, env: [...(spec.process.env ?? []), `container_uuid=${config.id.slice(0, 32)}`] },
    }),
    ...(cgroupVersion === 1 && {
      linux: { ...spec.linux, maskedPaths: [...(spec.linux?.maskedPaths ?? []), '/sys/fs/cgroup/systemd/release_agent'] },
    }),
  };
}

const volatilePaths = ['/run', '/run/lock', '/tmp', '/var/log/journal'];

function cgroupMounts(version: 1 | 2): Mount[] {
  return version === 2
    ? [{ destination: '/sys/fs/cgroup', type: 'cgroup', source: 'cgroup', options: ['private', 'rw'] }]
    : [
        {
          destination: '/sys/fs/cgroup/systemd',
          type: 'bind',
          source: '/sys/fs/cgroup/systemd',
          options: ['bind', 'rprivate'],
        },
      ];
}
