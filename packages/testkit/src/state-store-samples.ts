import type { ExecSession, LiveState, PodConfig, StoredContainer, VolumeConfig, VolumeFlags } from '@tspod/core';

type Config = StoredContainer['config'];

/** An id of 64 digits that begins with `digits`. */
export function sampleId(digits: string): string {
  return digits.padEnd(64, '0');
}

/** A config in which every optional field is set, so that a store that loses one is noticed. */
export function sampleConfig(config: { readonly id: string; readonly name: string } & Partial<Config>): Config {
  return {
    createdAt: '2026-11-23T10:00:00.000Z',
    spec: {
      ociVersion: '1.0.2',
      process: { user: { uid: 0, gid: 0 }, args: ['sh', '-c', 'echo "ünïcödé" \\ \u0000 💡'], env: ['A=1'], cwd: '/' },
      mounts: [{ destination: '/proc', type: 'proc', source: 'proc', options: [] }],
      annotations: {},
    },
    rootfs: { kind: 'image', imageId: sampleId('f00d'), imageName: 'docker.io/library/busybox:latest' },
    storage: 'overlay',
    runtime: 'crun',
    staticDir: `/graph/overlay-containers/${config.id}/userdata`,
    user: '',
    groups: [],
    command: ['sh'],
    entrypoint: ['/entry'],
    terminal: false,
    stdin: true,
    labels: { 'with.dot': 'and "quote"' },
    stopSignal: 15,
    stopTimeout: 10,
    network: 'none',
    namespaces: { ipc: 'shareable', pid: 'ns:/proc/1/ns/pid' },
    isInfra: true,
    initContainer: 'once',
    hostname: 'host',
    logDriver: 'k8s-file',
    logPath: '/log',
    logSizeMax: 1024,
    logTag: 'tag',
    autoRemove: false,
    privileged: false,
    capAdd: ['CAP_NET_ADMIN'],
    capDrop: [],
    init: false,
    pidFile: '/pid',
    cidFile: '/cid',
    cgroupParent: '/libpod_parent',
    mountLabel: '',
    processLabel: '',
    userMounts: [{ type: 'bind', source: '/a', destination: '/b', options: ['ro'] }],
    createCommand: ['tspod', 'run'],
    ...config,
  };
}

/** Likewise of a pod. */
export function samplePodConfig(config: { readonly id: string; readonly name: string } & Partial<PodConfig>): PodConfig {
  return {
    createdAt: '2026-11-23T10:00:00.000Z',
    labels: { 'with.dot': 'and "quote"' },
    hostname: 'host',
    infraId: sampleId('1f4a'),
    sharedNamespaces: ['ipc', 'net', 'uts'],
    exitPolicy: 'stop',
    cgroupParent: '/libpod_parent',
    cgroupPath: `/libpod_parent/${config.id}`,
    createCommand: ['tspod', 'pod', 'create'],
    ...config,
  };
}

/** Likewise of a volume. */
export function sampleVolumeConfig(name: string): VolumeConfig {
  return {
    name,
    driver: 'local',
    createdAt: '2026-11-23T10:00:00.000Z',
    labels: { 'with.dot': 'and "quote"' },
    options: { type: 'tmpfs', o: 'size=1m' },
    anonymous: true,
  };
}

export const freshVolume: VolumeFlags = { needsCopyUp: true, needsChown: true, uid: 0, gid: 0 };

export function runningState(pid: number): LiveState {
  return {
    state: { status: 'running', startedAt: '2026-11-23T10:00:01.000Z', process: { pid, startTime: 4711 } },
    mountPoint: '/graph/overlay/merged',
    runDir: '/run/x',
    monitor: { pid: pid + 1, startTime: 4710 },
    restarts: 2,
  };
}

export function sampleExecSession(id: string, containerId: string): ExecSession {
  return {
    id,
    containerId,
    command: ['ls', '-l'],
    terminal: true,
    stdin: false,
    directory: '/run/x/exec',
    process: { pid: 7, startTime: 8 },
    monitor: { pid: 9, startTime: 10 },
  };
}
