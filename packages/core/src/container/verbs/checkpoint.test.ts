import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { MonitorCreateRequest } from '../../contracts/container-monitor.ts';
import type { CheckpointRequest } from '../../contracts/oci-runtime.ts';
import type { LastRun, LiveState } from '../../contracts/state-store.ts';
import { RuntimeFailedError } from '../../errors.ts';
import type { RuntimeParts } from '../../runtime/parts.ts';
import type { ContainerConfig } from '../config.ts';
import { LockedContainer } from '../guard.ts';
import { checkpoint } from './checkpoint.ts';
import { restore } from './restore.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tspod-checkpoint-'));
  for (const name of ['static', 'run', 'root']) mkdirSync(join(directory, name));
  writeFileSync(at('ctr.log'), 'log');
});
afterEach(() => rmSync(directory, { recursive: true }));

const at = (name: string) => join(directory, 'static', name);
const files = () => readdirSync(join(directory, 'static')).sort();
const running = { status: 'running', process: { pid: 1, startTime: 1 }, startedAt: '2030-01-01T00:00:00Z' } as const;
const exited = { status: 'exited', exitCode: 0, finishedAt: '', oomKilled: false } as const;

interface Stage {
  readonly state?: LiveState['state'];
  readonly config?: Partial<ContainerConfig>;
  /** What the runtime does; by default it writes a complete checkpoint. */
  readonly runtime?: (request: CheckpointRequest) => void;
  readonly restoreFails?: boolean;
  readonly usability?: { readonly usable: false; readonly reason: string };
  readonly capable?: boolean;
}

function dumpInto({ imagePath, workPath }: CheckpointRequest): void {
  writeFileSync(join(imagePath, 'inventory.img'), 'i');
  for (const name of ['dump.log', 'stats-dump']) writeFileSync(join(workPath, name), '');
}

/** A container whose runtime, monitor and storage only write down what is asked of them. */
function stage(options: Stage = {}) {
  const told: string[] = [];
  const dumps: CheckpointRequest[] = [];
  const restores: (MonitorCreateRequest['restore'] | undefined)[] = [];
  let lastRun: LastRun | undefined;
  const runtime = {
    name: 'fake',
    capabilities: { checkpoint: options.capable ?? true },
    commandLine: () => ({ executable: '/fake', globalArguments: [] }),
    checkpointUsability: async () => options.usability ?? { usable: true },
    checkpoint: async (_id: string, request: CheckpointRequest) => {
      dumps.push(request);
      (options.runtime ?? dumpInto)(request);
    },
    delete: async () => told.push('runtime delete'),
  };
  const monitor = {
    waitExit: async () => ({ exitCode: 137, finishedAt: '2030-01-01T00:00:09Z', oomKilled: false }),
    forget: async () => undefined,
    create: async ({ restore }: MonitorCreateRequest) => {
      restores.push(restore);
      if (options.restoreFails) throw new RuntimeFailedError('criu failed', { code: 'oci-restore-failed', argv: [] });
      return { pid: 7, monitorPid: 8 };
    },
  };
  const storage = {
    name: 'fake',
    mount: async () => join(directory, 'root'),
    unmount: async () => told.push('unmount'),
    diff: async () => [
      { kind: 'added', path: '/new/file' },
      { kind: 'deleted', path: '/old' },
    ],
  };
  const parts = {
    runtimeNamed: () => runtime,
    storages: [storage],
    monitor,
    state: {
      saveLive: async () => undefined,
      saveExit: async (_id: string, exit: LastRun) => {
        lastRun = exit;
      },
      execSessions: async () => [],
    },
    events: { append: async ({ action }: { action: string }) => told.push(action) },
    host: {
      expectCgroupMoves: () => undefined,
      readFileInRoot: async () => undefined,
      linkInRoot: async () => undefined,
      limits: () => new Map(),
      processIdentity: (pid: number) => ({ pid, startTime: 2 }),
      placeInCgroup: async () => undefined,
    },
    locker: { pathOf: () => '/lock' },
    files: {
      openDirectory: async () => ({
        async *pack(_path: string, packing: { only?: ReadonlySet<string>; without?: readonly string[] }) {
          yield Buffer.from(JSON.stringify({ only: [...(packing.only ?? [])], without: packing.without }));
        },
        [Symbol.dispose]: () => undefined,
      }),
    },
    defaults: { hooksDirectories: [], cgroupManager: 'cgroupfs' },
    places: { temporaryDirectory: directory },
    exitCommand: () => ({ executable: '/exit', arguments: [] }),
    log: () => undefined,
  } as unknown as RuntimeParts;
  const config = {
    ...{ id: 'f'.repeat(64), name: 'web', runtime: 'fake', storage: 'fake', staticDir: join(directory, 'static') },
    ...{
      hostname: 'web',
      user: '',
      groups: [],
      network: 'none',
      userMounts: [],
      mountLabel: '',
      labels: {},
      capAdd: [],
      command: ['sh'],
    },
    ...{ rootfs: { kind: 'image', imageId: 'a', imageName: 'localhost/web' }, request: { rootfs: { image: 'localhost/web' } } },
    ...{ spec: { ociVersion: '1', process: { args: ['sh'], cwd: '/', user: { uid: 0, gid: 0 } } }, cgroupParent: '/parent' },
    ...{ logDriver: 'k8s-file', autoRemove: false, ...options.config },
  } as unknown as ContainerConfig;
  const live: LiveState = {
    state: options.state ?? running,
    runDir: join(directory, 'run'),
    mountPoint: join(directory, 'root'),
  };
  const container = new LockedContainer(parts, { config, live, lastRun: undefined, removing: false }, live);
  return { container, told, dumps, restores, lastRun: () => lastRun };
}

describe('a checkpoint', () => {
  test('ends the container with exit code 0, and leaves what it is restored from', async () => {
    const { container, told, dumps, lastRun } = stage();
    const report = await checkpoint(container, { tcpEstablished: true });
    expect(report).toMatchObject({ id: 'f'.repeat(64), statistics: undefined });
    expect(dumps).toEqual([
      expect.objectContaining({
        imagePath: at('checkpoint'),
        workPath: join(directory, 'static'),
        tcpEstablished: true,
        leaveRunning: false,
      }),
    ]);
    expect(container.state).toMatchObject({ status: 'exited', exitCode: 0, finishedAt: '2030-01-01T00:00:09Z' });
    expect(lastRun()).toMatchObject({ exitCode: 0, stoppedByUser: true, checkpointedAt: container.live.checkpointedAt });
    expect(container.live.checkpointedAt).toMatch(/^20/);
    expect(told).toEqual(['checkpoint', 'runtime delete', 'unmount', 'cleanup']);
    expect(files()).toEqual(['checkpoint', 'ctr.log', 'network.status']);
    expect(readFileSync(at('network.status'), 'utf8')).toBe('null');
  });

  test('keeps logs when asked to, and lets it run when asked to', async () => {
    const { container, told } = stage();
    await checkpoint(container, { keep: true, leaveRunning: true });
    expect(container.state).toEqual(running);
    expect(container.live.stoppedByUser).toBeUndefined();
    expect(told).toEqual(['checkpoint']);
    expect(files()).toEqual(['checkpoint', 'ctr.log', 'dump.log', 'network.status', 'stats-dump']);
  });

  test('of the memory alone comes first, and the next one goes on from it', async () => {
    const { container, dumps } = stage();
    await expect(checkpoint(container, { withPrevious: true })).rejects.toMatchObject({ code: 'no-pre-checkpoint' });
    await checkpoint(container, { preCheckpoint: true });
    expect(container.state.status).toBe('running');
    await checkpoint(container, { withPrevious: true });
    expect(dumps).toEqual([
      expect.objectContaining({ imagePath: at('pre-checkpoint'), preDump: true, leaveRunning: true }),
      expect.objectContaining({ imagePath: at('checkpoint'), parentPath: '../pre-checkpoint', leaveRunning: false }),
    ]);
  });

  test('that the runtime can not write leaves it running, and says what criu said', async () => {
    const { container } = stage({
      runtime({ imagePath, workPath }) {
        writeFileSync(join(imagePath, 'core-1.img'), '');
        writeFileSync(
          join(workPath, 'dump.log'),
          '(00.1) Warn x\n(00.2) Error (criu/x.c:1): no way\n(00.3) Error (criu/y.c:2): failed\n',
        );
        throw new RuntimeFailedError('criu failed', { code: 'oci-checkpoint-failed', argv: ['fake'] });
      },
    });
    await expect(checkpoint(container)).rejects.toMatchObject({
      message: 'criu failed: criu says: Error (criu/x.c:1): no way',
      code: 'oci-checkpoint-failed',
      hint: expect.stringContaining(at('dump.log')),
    });
    expect(container.state).toEqual(running);
    expect(container.live.stoppedByUser).toBeUndefined();
    expect(files()).toEqual(['ctr.log', 'dump.log']);
  });

  test.each<[string, Stage, object]>([
    [
      'not running',
      { state: exited },
      { code: 'container-state-improper', message: '"exited" is not running, cannot checkpoint: container state improper' },
    ],
    ['removed at its end', { config: { autoRemove: true } }, { code: 'checkpoint-of-transient' }],
    [
      'of another runtime',
      { capable: false },
      { kind: 'not-supported', code: 'no-checkpoint', message: 'configured runtime does not support checkpoint/restore' },
    ],
    ['where criu is missing', { usability: { usable: false, reason: 'no criu' } }, { kind: 'unavailable', message: 'no criu' }],
  ])('is refused of a container that is %s', async (_, options, failure) => {
    const { container, dumps } = stage(options);
    await expect(checkpoint(container)).rejects.toMatchObject(failure);
    expect(dumps).toEqual([]);
    expect(files()).toEqual(['ctr.log']);
  });
});

describe('an archive', () => {
  test('has everything that it is restored from, and nothing else', async () => {
    const { container } = stage({ config: { autoRemove: true } });
    writeFileSync(at('config.json'), '{}');
    const target = join(directory, 'archive.tar');
    await checkpoint(container, { export: target, compression: 'none', keep: true });
    expect(JSON.parse(readFileSync(target, 'utf8')).without).toEqual(['config.json', 'dump.log']);
    expect(JSON.parse(readFileSync(at('rootfs-diff.tar'), 'utf8')).only).toEqual(['new/file', 'new']);
    expect(JSON.parse(readFileSync(at('deleted.files'), 'utf8'))).toEqual(['/old']);
    expect(JSON.parse(readFileSync(at('config.dump'), 'utf8'))).toMatchObject({
      ...{ id: 'f'.repeat(64), name: 'web', rootfsImageName: 'localhost/web', runtime: 'fake' },
      tspod: { version: 1, request: { rootfs: { image: 'localhost/web' } }, hostname: 'web', volumes: [], networks: [] },
    });
  });

  test('that can not be written costs nothing: the container runs on', async () => {
    const { container, restores, told } = stage();
    await expect(checkpoint(container, { export: join(directory, 'no/such/archive') })).rejects.toMatchObject({ code: 'ENOENT' });
    expect(restores).toEqual([expect.objectContaining({ imagePath: at('checkpoint') })]);
    expect(container.state).toMatchObject({ status: 'running', process: { pid: 7 } });
    expect(told).not.toContain('checkpoint');
  });
});

describe('restoring', () => {
  function complete(): void {
    mkdirSync(at('checkpoint'));
    writeFileSync(at('checkpoint/inventory.img'), 'i');
  }

  test('brings it back to where it was and uses the checkpoint up', async () => {
    complete();
    const { container, restores, told } = stage({ state: { ...exited, startedAt: '2030-01-01T00:00:00Z' } });
    await restore(container, { fileLocks: true });
    expect(restores).toEqual([expect.objectContaining({ imagePath: at('checkpoint'), fileLocks: true })]);
    expect(container.state).toEqual({ status: 'running', process: { pid: 7, startTime: 2 }, startedAt: '2030-01-01T00:00:00Z' });
    expect(container.live).toMatchObject({ checkpointedAt: undefined, restoredAt: expect.stringMatching(/^20/) });
    expect(told).toEqual(['restore']);
    expect(files()).toEqual(['config.json', 'ctr.log']);
  });

  test('keeps the checkpoint when asked to, and when it fails', async () => {
    complete();
    await restore(stage({ state: exited }).container, { keep: true });
    const failing = stage({ state: exited, restoreFails: true });
    writeFileSync(at('restore.log'), '(00.1) 1: Error (criu/z.c:3): address in use\n');
    await expect(restore(failing.container)).rejects.toThrow('criu failed: criu says: Error (criu/z.c:3): address in use');
    expect(failing.container.state).toEqual(exited);
    expect(failing.told).toEqual(['runtime delete', 'unmount']);
    expect(existsSync(at('checkpoint/inventory.img'))).toBe(true);
  });

  test('is refused while it runs, and without a complete checkpoint', async () => {
    await expect(restore(stage().container)).rejects.toMatchObject({
      message: `container ${'f'.repeat(64)} is running or paused, cannot restore: container state improper`,
    });
    mkdirSync(at('checkpoint'));
    await expect(restore(stage({ state: exited }).container)).rejects.toMatchObject({
      code: 'no-checkpoint-files',
      message: `a complete checkpoint for this container cannot be found, cannot restore: stat ${at('checkpoint/inventory.img')}: no such file or directory`,
    });
  });
});
