import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type {
  AttachConnection,
  ContainerMonitor,
  ExitCommand,
  MonitorCreateRequest,
  MonitorExecRequest,
  MonitoredExec,
  MonitoredExit,
  MonitoredProcess,
  MonitorPaths,
  OciRuntime,
} from '@tspod/core';
import { readTextIfThere } from '@tspod/core';
import type { BundleOptions, BundleWorkshop } from './minimal-bundle.ts';
import { until } from './waiting.ts';

/** An attached client that keeps what it gets. */
export interface RecordingClient {
  readonly connection: AttachConnection;
  readonly stdout: () => Buffer;
  readonly stderr: () => Buffer;
  /** Waits until stdout has the text. Fails after 5 seconds. */
  sees(text: string): Promise<void>;
}

export interface HarnessContainer {
  readonly id: string;
  readonly paths: MonitorPaths;
  readonly logPath: string;
  /** Where the exit command writes a line for each of its runs. */
  readonly exitRecord: string;
  /** Runs the monitor's create. */
  create(changes?: Partial<MonitorCreateRequest>): Promise<MonitoredProcess>;
  attach(): Promise<RecordingClient>;
  start(): Promise<void>;
  exit(): Promise<MonitoredExit>;
  /** A new exec session, attached. */
  exec(command: readonly string[], changes?: ExecChanges): Promise<HarnessExec>;
  /** What `exec` asks the monitor for. */
  execRequest(command: readonly string[], changes?: ExecChanges): MonitorExecRequest;
  /** Lines of the exit command, once there are some and they stay the same. */
  exitCommandRuns(): Promise<readonly string[]>;
}

export type ExecChanges = Partial<MonitorExecRequest> & { readonly cwd?: string | undefined };

export interface HarnessExec extends MonitoredExec, Omit<RecordingClient, 'connection'> {
  readonly connection: AttachConnection;
  readonly paths: MonitorPaths;
}

/** Makes containers for checks, and removes them all. */
export interface MonitorHarness {
  readonly monitor: ContainerMonitor;
  readonly runtime: OciRuntime;
  readonly workshop: BundleWorkshop;
  /** A container that is not created yet. */
  container(command: string | readonly string[], options?: Partial<BundleOptions>): HarnessContainer;
  /** Creates, attaches, starts, waits for the end of both. */
  run(
    command: string | readonly string[],
    changes?: Partial<MonitorCreateRequest>,
  ): Promise<RecordingClient & { readonly exit: MonitoredExit }>;
  /** @param through the monitor to use for it. Default: the one of the harness. */
  cleanup(through?: ContainerMonitor): Promise<void>;
}

const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
let lastNumber = 0;

export function createMonitorHarness(monitor: ContainerMonitor, runtime: OciRuntime, workshop: BundleWorkshop): MonitorHarness {
  const made: HarnessContainer[] = [];
  const exitScript = join(workshop.directory, 'exit-command');
  writeFileSync(
    exitScript,
    '#!/bin/sh\nrecord=$1; shift\nline="$#"\nfor each in "$@"; do line="$line|$each"; done\necho "$line" >> "$record"\n',
  );
  chmodSync(exitScript, 0o755);

  function container(command: string | readonly string[], options: Partial<BundleOptions> = {}): HarnessContainer {
    const number = ++lastNumber;
    const id = `c${process.pid}x${number}`;
    const argv = typeof command === 'string' ? ['sh', '-c', command] : command;
    const runDir = join(workshop.directory, 'run', id);
    const exitDir = join(workshop.directory, 'exits');
    const bundleDir = workshop.makeBundle(id, { command: argv, ...options });
    const paths = { id, bundleDir, runDir, exitDir };
    const logPath = join(bundleDir, 'ctr.log');
    const exitRecord = join(workshop.directory, `${id}.exits`);
    for (const directory of [runDir, exitDir]) mkdirSync(directory, { recursive: true });
    const exitCommand: ExitCommand = { executable: exitScript, arguments: [exitRecord, id, '', 'two words'] };
    let sessions = 0;

    const base = {
      paths,
      name: `name-of-${id}`,
      terminal: options.terminal ?? false,
      stdin: false,
      exitCommand,
      systemdCgroup: false,
      environment: { PATH: path },
    };

    function execRequest(execCommand: readonly string[], { cwd, ...changes }: ExecChanges = {}): MonitorExecRequest {
      const sessionId = `${id}s${++sessions}`;
      const directory = join(runDir, 'exec', sessionId);
      const processPath = join(directory, 'process.json');
      mkdirSync(join(directory, 'exit'), { recursive: true });
      const { terminal = false, size } = changes;
      const document = workshop.process(execCommand, {
        terminal,
        ...(cwd !== undefined && { cwd }),
        ...(size && { consoleSize: { height: size.rows, width: size.columns } }),
      });
      writeFileSync(processPath, JSON.stringify(document));
      return {
        ...base,
        terminal: false,
        paths: { id, sessionId, bundleDir: directory, runDir: directory, exitDir: join(directory, 'exit') },
        runtime: runtime.commandLine({ logPath: join(directory, 'oci-log') }),
        processPath,
        ...changes,
      };
    }

    const self: HarnessContainer = {
      id,
      paths,
      logPath,
      exitRecord,
      execRequest,
      create: (changes = {}) =>
        monitor.create({
          ...base,
          runtime: runtime.commandLine({ logPath: join(runDir, 'oci-log') }),
          log: { driver: 'k8s-file', path: logPath },
          ...changes,
        }),
      async attach() {
        const recorder = createRecorder();
        return { ...recorder, connection: await monitor.attach(paths, recorder.client) };
      },
      start: () => runtime.start(id),
      async exit() {
        const exit = await monitor.waitExit(paths, { signal: AbortSignal.timeout(20_000) });
        assert.ok(exit !== undefined, 'the monitor went away without an exit status');
        return exit;
      },
      async exec(execCommand, changes = {}) {
        const recorder = createRecorder();
        const request = execRequest(execCommand, { attach: recorder.client, ...changes });
        const session = await monitor.exec(request);
        assert.ok(session.connection !== undefined, 'an attached session has a connection');
        return { ...recorder, ...session, connection: session.connection, paths: request.paths };
      },
      async exitCommandRuns() {
        await until(() => readLines(exitRecord).length > 0, 'the exit command has run');
        await sleep(100);
        return readLines(exitRecord);
      },
    };
    made.push(self);
    return self;
  }

  return {
    monitor,
    runtime,
    workshop,
    container,
    async run(command, changes = {}) {
      const one = container(command);
      await one.create(changes);
      const client = await one.attach();
      await one.start();
      const [exit] = await Promise.all([one.exit(), client.connection.ended]);
      await runtime.delete(one.id);
      return { ...client, exit };
    },
    async cleanup(through = monitor) {
      for (const { id, paths } of made) {
        await runtime.delete(id);
        // The exit command of the last one may still want to write.
        await through.waitExit(paths, { signal: AbortSignal.timeout(20_000) });
        await until(() => !processesOf(id).length, `the monitor of ${id} is gone`);
        await through.forget(paths);
      }
    },
  };
}

interface Recorder extends Omit<RecordingClient, 'connection'> {
  readonly client: { onOutput(stream: 'stdout' | 'stderr', chunk: Uint8Array): undefined };
}

export function createRecorder(): Recorder {
  const chunks = { stdout: [] as Uint8Array[], stderr: [] as Uint8Array[] };
  const stdout = () => Buffer.concat(chunks.stdout);
  return {
    client: {
      onOutput(stream, chunk) {
        chunks[stream].push(chunk);
        return undefined;
      },
    },
    stdout,
    stderr: () => Buffer.concat(chunks.stderr),
    sees: (text) =>
      until(
        () => stdout().includes(text),
        () => `stdout has ${JSON.stringify(text)}; it has ${JSON.stringify(String(stdout()))}`,
      ),
  };
}

/** Pids of the processes that have this text in their command line. */
export function processesOf(text: string): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => commandLineOf(pid).includes(text));
}

function commandLineOf(pid: number): string {
  return readTextIfThere(`/proc/${pid}/cmdline`, ['ENOENT', 'ESRCH']) ?? '';
}

function readLines(path: string): string[] {
  if (!existsSync(path)) return [];
  return readFileSync(path, 'utf8').split('\n').slice(0, -1);
}
