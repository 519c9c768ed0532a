import type { FlagTable } from '../grammar/flags.ts';

/** Limits of containers and of pods. */
const commonFlags = {
  'blkio-weight': { kind: 'string', metavar: 'WEIGHT', help: 'Weight of its block I/O beside others: 10 to 1000' },
  'blkio-weight-device': { kind: 'strings', metavar: 'DEVICE:WEIGHT', help: 'Weight of its I/O on one device' },
  'cpu-shares': { kind: 'uint', shorthand: 'c', help: 'Weight of its CPU time beside others; 1024 is usual' },
  cpus: { kind: 'float', help: 'CPUs that it may use, with fractions' },
  'cpuset-cpus': { kind: 'string', metavar: 'LIST', help: 'CPUs that it may run on, e.g. 0-3,7' },
  'cpuset-mems': { kind: 'string', metavar: 'LIST', help: 'Memory nodes that it may use, e.g. 0,1' },
  'device-read-bps': { kind: 'strings', metavar: 'DEVICE:RATE', help: 'Bytes a second that it may read, e.g. /dev/sda:1mb' },
  'device-write-bps': { kind: 'strings', metavar: 'DEVICE:RATE', help: 'Bytes a second that it may write' },
  memory: { kind: 'string', shorthand: 'm', metavar: 'SIZE', help: 'Memory that it may use, e.g. 64m' },
  'memory-swap': {
    kind: 'string',
    metavar: 'SIZE',
    help: 'Memory and swap together, twice the memory by default; -1: no limit',
  },
} as const satisfies FlagTable;

/** Limits that a container is made with and that `update` changes. */
export const resourceFlags = {
  ...commonFlags,
  'cpu-period': { kind: 'uint', metavar: 'MICROSECONDS', help: 'Period in which its CPU time is counted: 1000 to 1000000' },
  'cpu-quota': { kind: 'int', metavar: 'MICROSECONDS', help: 'CPU time that it gets in each period' },
  'cpu-rt-period': { kind: 'uint', metavar: 'MICROSECONDS', help: 'Period of its real-time CPU time' },
  'cpu-rt-runtime': { kind: 'int', metavar: 'MICROSECONDS', help: 'Real-time CPU time in each of those periods' },
  'device-read-iops': { kind: 'strings', metavar: 'DEVICE:RATE', help: 'Read operations a second' },
  'device-write-iops': { kind: 'strings', metavar: 'DEVICE:RATE', help: 'Write operations a second' },
  'memory-reservation': { kind: 'string', metavar: 'SIZE', help: 'Memory that it is pushed down to when there is not enough' },
  'memory-swappiness': { kind: 'int', default: -1, help: 'How gladly its memory is swapped out: 0 to 100' },
} as const satisfies FlagTable;

const shmSize = {
  kind: 'string',
  metavar: 'SIZE',
  help: 'Size of /dev/shm, 65536k by default',
} as const satisfies FlagTable[string];

/** Limits of a pod, for its containers together. */
export const podLimitFlags = { ...commonFlags, 'shm-size': shmSize } as const satisfies FlagTable;

/** Limits of `run` and `create`. */
export const limitFlags = {
  ...resourceFlags,
  'cgroup-conf': { kind: 'stringArray', metavar: 'FILE=VALUE', help: 'Value of a file of its cgroup, version 2' },
  cgroups: {
    kind: 'string',
    help: 'enabled (the default); disabled: no cgroup; no-conmon: only for the container, not for its monitor; split: below the cgroup of the command',
  },
  'device-cgroup-rule': {
    kind: 'stringArray',
    metavar: 'RULE',
    help: 'Devices that it may use: type, numbers and access, e.g. "c 1:3 rwm"',
  },
  'kernel-memory': { kind: 'string', hidden: true, help: 'Does nothing' },
  'oom-kill-disable': { kind: 'bool', help: 'Let it wait when memory runs out, instead of ending it' },
  'oom-score-adj': { kind: 'int', help: 'How gladly it is ended when memory runs out: -1000 to 1000' },
  'pids-limit': { kind: 'int', help: 'Processes and threads that it may have; -1: no limit' },
  'shm-size': shmSize,
  ulimit: {
    kind: 'strings',
    metavar: 'NAME=SOFT[:HARD]',
    help: 'Limit of its processes, e.g. nofile=1024:2048; host: as on the host',
  },
} as const satisfies FlagTable;
